using System.Collections.Generic;
using System.Linq;
using static Gpu.Kernels.Generator.Cuda.AssemblyClass;

namespace Gpu.Kernels.Generator.Cuda;

/// <summary>
/// The assembly of a tile of two warpgroups, each with one or two products of 64 positions (8 rows of 8) x all outputs of the tile.
/// Shared memory holds barriers, the input of the positions with its border, and stages of weights; both as vectors of 16 bytes
/// [vector of channels][pixel or output], so that 8 neighbours are a core matrix of the products wherever they begin (PTX ISA,
/// section 9.7.15.5.1, K-major without swizzle). The sums of a thread: section 9.7.15.5.1.1.
/// </summary>
/// <param name="format">What is multiplied.</param>
/// <param name="products">Products of 64 positions of a warpgroup.</param>
/// <param name="outputs">Output channels.</param>
/// <param name="stages">Stages of weights.</param>
internal sealed class WarpgroupTile(WarpgroupFormat format, int products, int outputs, int stages)
{
    private const int VectorBytes = 16;
    private const int FloatBytes = 4;
    private const int RegisterBytes = 4;

    /// <summary>Vectors of channels of a step, and how many of them a product takes.</summary>
    private const int Vectors = 8, ProductVectors = 2;

    /// <summary>Positions beside each other, and rows of a product of 64.</summary>
    private const int Columns = 8, ProductRows = 8;

    private const int Warpgroups = 2;

    /// <summary>Positions with their border of one pixel.</summary>
    private const int PixelColumns = Columns + 2;

    /// <summary>Sums of a thread for 8 outputs: two in each of two rows.</summary>
    private const int Sums = 4;

    /// <summary>Neighbouring lanes that have the sums of 8 outputs; as many lanes on is the next column of positions.</summary>
    private const int Lanes = 4;

    /// <summary>Rows of positions.</summary>
    public int Rows => Warpgroups * products * ProductRows;

    /// <summary>Pixels of a vector of channels, with what is added so that the 8 vectors of a pixel lie in different banks.</summary>
    public int PixelPitch => (((PixelColumns * (Rows + 2)) + Columns - 1) / Columns * Columns) + 1;

    /// <summary>Bytes of the input of a step's channels.</summary>
    public int LeftBytes => format.Parts * Vectors * PixelPitch * VectorBytes;

    /// <summary>Bytes of a step's weights.</summary>
    public int RightBytes => format.Parts * Vectors * outputs * VectorBytes;

    private int SumsPerProduct => outputs / Columns * Sums;

    private int AllSums => products * SumsPerProduct;

    /// <summary>The aligned start of the dynamic shared memory, and sums that are 0: the assembler would order products one after the other whose first sums were not defined.</summary>
    public IEnumerable<string> Declare() =>
    [
        ".reg .b32 shared;",
        $".reg .f32 sum<{AllSums}>;",
        .. format.Parts == 1 ? [] : new[] { $".reg .f32 step<{AllSums}>;" },
        "mov.u32 shared, __dyn_shared_alloca;",
        "add.u32 shared, shared, 127;",
        "and.b32 shared, shared, -128;",
        .. Enumerable.Range(0, AllSums).Select(i => $"mov.f32 sum{i}, 0f00000000;"),
        .. Enumerable.Range(0, format.Parts == 1 ? 0 : AllSums).Select(i => $"mov.f32 step{i}, 0f00000000;"),
    ];

    /// <summary>A barrier for each stage, that completes when its one thread has announced the bytes and they have arrived.</summary>
    public IEnumerable<string> InitializeBarriers() =>
    [
        .. Enumerable.Range(0, stages).Select(i => $"mbarrier.init.shared::cta.b64 [shared+{8 * i}], 1;"),
        "fence.mbarrier_init.release.cluster;",
    ];

    /// <summary>%0: place of a pixel's entry in the table; %1: which vector of the input begins it, -1 for zeros, -2 for none.</summary>
    public static IEnumerable<string> StorePixel() =>
    [
        ".reg .b32 place;",
        "add.u32 place, shared, %0;",
        "st.shared.b32 [place], %1;",
    ];

    /// <summary>%0: place of the vector; %1: address of the first pixel's; %2: place of its pixel's entry in the table.</summary>
    public IEnumerable<string> CopyLeft() =>
    [
        ".reg .pred inside, exists;",
        ".reg .b32 place, entry, index, bytes;",
        ".reg .b64 source;",
        "add.u32 entry, shared, %2;",
        "ld.shared.b32 index, [entry];",
        "setp.ge.s32 inside, index, 0;",
        "setp.ge.s32 exists, index, -1;",
        $"selp.b32 bytes, {VectorBytes}, 0, inside;",
        "selp.b32 index, index, 0, inside;",
        $"mad.wide.s32 source, index, {VectorBytes}, %1;",
        "add.u32 place, shared, %0;",
        .. Enumerable.Range(0, format.Parts).Select(part =>
            $"@exists cp.async.cg.shared.global [place+{part * Vectors * PixelPitch * VectorBytes}], [source+{part * VectorBytes}], {VectorBytes}, bytes;"),
    ];

    /// <summary>%0: place of the stage; %1: address of its weights; %2: place of its barrier.</summary>
    public IEnumerable<string> CopyRight() =>
    [
        ".reg .b32 place, barrier;",
        "add.u32 place, shared, %0;",
        "add.u32 barrier, shared, %2;",
        $"mbarrier.arrive.expect_tx.shared::cta.b64 _, [barrier], {RightBytes};",
        $"cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [place], [%1], {RightBytes}, [barrier];",
    ];

    /// <summary>%0: place of a stage's barrier; %1: parity of the phase that is waited for.</summary>
    public static IEnumerable<string> Await() =>
    [
        ".reg .b32 barrier;",
        ".reg .pred done;",
        "add.u32 barrier, shared, %0;",
        "waiting:",
        "mbarrier.try_wait.parity.shared::cta.b64 done, [barrier], %1;",
        "@!done bra waiting;",
    ];

    /// <summary>
    /// Begins a step and waits for the one before, or of two parts for itself. %0: place of the first pixel of the warpgroup for the tap; %1: of the stage.
    /// </summary>
    public IEnumerable<string> Multiply()
    {
        const int Steps = Vectors / ProductVectors;
        var (lefts, rights) = (Steps * products, Steps);
        yield return $".reg .pred always, never; .reg .b32 leftPlace, rightPlace, place; .reg .b64 left<{format.Parts * lefts}>, right<{format.Parts * rights}>;";
        yield return "setp.eq.u32 always, shared, shared; setp.ne.u32 never, shared, shared;";
        yield return $"add.u32 leftPlace, shared, %0; shr.u32 leftPlace, leftPlace, 4; or.b32 leftPlace, leftPlace, {Along(PixelPitch)};";
        yield return $"add.u32 rightPlace, shared, %1; shr.u32 rightPlace, rightPlace, 4; or.b32 rightPlace, rightPlace, {Along(outputs)};";
        for (var i = 0; i < format.Parts * Steps; i++)
        {
            var (part, step) = (i / Steps, i % Steps);
            for (var product = 0; product < products; product++)
            {
                var first = (((part * Vectors) + (step * ProductVectors)) * PixelPitch) + (product * ProductRows * PixelColumns);
                yield return $"add.u32 place, leftPlace, {first}; mov.b64 left{(i * products) + product}, {{place, {PixelColumns}}};";
            }

            yield return $"add.u32 place, rightPlace, {((part * Vectors) + (step * ProductVectors)) * outputs}; mov.b64 right{i}, {{place, {Columns}}};";
        }

        // Of two parts the small products first; that of the small parts is too small to matter. They have sums of their own, because
        // tensor cores cut off what they add: Ootomo and Yokota, "Recovering single precision accuracy from Tensor Cores while
        // surpassing the FP32 theoretical peak performance" (2022).
        (int Left, int Right)[] parts = format.Parts == 1 ? [(0, 0)] : [(1, 0), (0, 1), (0, 0)];
        var sums = format.Parts == 1 ? "sum" : "step";
        var begun = format.Parts == 1;
        yield return "wgmma.fence.sync.aligned;";
        foreach (var (left, right) in parts)
        {
            for (var step = 0; step < Steps; step++)
            {
                for (var product = 0; product < products; product++)
                {
                    yield return format.Product(
                        outputs, Registers(sums, product * SumsPerProduct, SumsPerProduct),
                        $"left{(((left * Steps) + step) * products) + product}", $"right{(right * Steps) + step}", begun ? "always" : "never");
                }

                begun = true;
            }
        }

        yield return "wgmma.commit_group.sync.aligned;";
        yield return $"wgmma.wait_group.sync.aligned {(format.Parts == 1 ? 1 : 0)};";
        for (var i = 0; i < AllSums && format.Parts > 1; i++)
        {
            yield return $"add.f32 sum{i}, sum{i}, step{i};";
        }
    }

    /// <summary>
    /// Stores a row of 8 positions of a product, of two that a warp has, or the pooled row of both. %0: address of the thread's first
    /// output; %1: of its bias, or 0; %2: below what outputs are raised to it; %3: whether the position is inside.
    /// </summary>
    public IEnumerable<string> Finish(int product, int row, bool pooled, bool rounded)
    {
        const int Quad = 4;
        var values = VectorBytes / format.FactorBytes;
        yield return $".reg .pred inside, biased, low; .reg .f32 value<{Quad}>, bias<{Quad}>, other; .reg .b32 packed<{Quad}>;";
        yield return "setp.ne.u32 inside, %3, 0; setp.ne.s64 biased, %1, 0;";
        yield return string.Join(" ", Enumerable.Range(0, Quad).Select(i => $"mov.f32 bias{i}, 0f00000000;"));
        for (var i = 0; i < outputs / Lanes; i += Quad)
        {
            // Of the outputs of 4 neighbouring lanes those of a lane lie side by side, a vector of them: see WarpgroupFilter.
            var channel = (i / values * Lanes * values) + (i % values);
            // Not by the read-only path, or the assembler begins all of these loads at once and has not the registers.
            yield return $"@biased ld.global.v4.f32 {Registers("bias", 0, Quad)}, [%1+{channel * FloatBytes}];";
            for (var j = 0; j < Quad; j++)
            {
                var sum = (product * SumsPerProduct) + ((i + j) / 2 * Sums) + (j % 2);
                if (pooled)
                {
                    yield return $"max.f32 value{j}, sum{sum}, sum{sum + 2};";
                    yield return $"shfl.sync.bfly.b32 other, value{j}, {Lanes}, 31, -1; max.f32 value{j}, value{j}, other;";
                    yield return $"add.f32 value{j}, value{j}, bias{j};";
                }
                else
                {
                    yield return $"add.f32 value{j}, sum{sum + (2 * row)}, bias{j};";
                }

                yield return $"setp.lt.f32 low, value{j}, %2; selp.f32 value{j}, %2, value{j}, low;";
            }

            if (!rounded)
            {
                yield return $"@inside st.global.v4.f32 [%0+{channel * FloatBytes}], {Registers("value", 0, Quad)};";
                continue;
            }

            if (format.Parts > 1)
            {
                foreach (var line in StoreParts(channel))
                {
                    yield return line;
                }

                continue;
            }

            var packed = i % values * format.FactorBytes / RegisterBytes;
            for (var j = 0; j < Quad; j += RegisterBytes / format.FactorBytes)
            {
                var factors = format.FactorBytes == FloatBytes ? $"value{j}" : $"value{j + 1}, value{j}";
                yield return $"{format.Round} packed{packed + (j * format.FactorBytes / RegisterBytes)}, {factors};";
            }

            if ((i + Quad) % values == 0)
            {
                yield return $"@inside st.global.v4.b32 [%0+{i / values * Lanes * values * format.FactorBytes}], {Registers("packed", 0, Quad)};";
            }
        }
    }

    /// <summary>Stores four values as the first and second parts of them.</summary>
    private IEnumerable<string> StoreParts(int channel)
    {
        for (var part = 0; part < format.Parts; part++)
        {
            for (var j = 0; j < 4; j++)
            {
                yield return $"{format.Round} packed{j}, value{j};";
                yield return $"mov.b32 other, packed{j}; sub.rn.f32 value{j}, value{j}, other;";
            }

            yield return $"@inside st.global.v4.b32 [%0+{(channel * format.Parts * FloatBytes) + (part * VectorBytes)}], {Registers("packed", 0, 4)};";
        }
    }

    /// <summary>
    /// The lower half of a descriptor, whose first half is the place: vectors from a core matrix to the next along the depth. The upper half is
    /// vectors to the next across it.
    /// </summary>
    private static int Along(int vectors) => vectors << 16;
}
