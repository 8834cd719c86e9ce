using System.Runtime.InteropServices;

namespace Gpu.Tests.Ptx;

/// <summary>
/// Runs a kernel from its PTX, block after block. An instruction that it does not know fails before anything runs. Every access is
/// checked: bounds, alignment, what was never written, and races in shared memory.
/// </summary>
internal static class PtxInterpreter
{
    /// <summary>The barrier of a block, of which number 0 for all threads is understood.</summary>
    public const string Barrier = "bar.sync";

    /// <summary>Runs the kernel of a module.</summary>
    /// <param name="module">PTX of one kernel.</param>
    /// <param name="launch">Grid, block and dynamic shared memory.</param>
    /// <param name="arguments">Per parameter a <see cref="PtxBuffer"/>, given as its address and, where the parameter is a view, its length, or an unmanaged value.</param>
    /// <exception cref="PtxException">The module is not understood, the arguments do not fit, or a fault; the message names kernel, line and thread.</exception>
    public static void Run(string module, PtxLaunch launch, params object[] arguments)
    {
        var kernel = PtxParser.Parse(module);
        var memory = new PtxGlobalMemory();
        var parameters = Parameters(kernel, memory, arguments);
        var steps = kernel.Instructions.Select(i => Decode(kernel, i)).ToArray();
        for (var z = 0; z < launch.Grid.Z; z++)
        {
            for (var y = 0; y < launch.Grid.Y; y++)
            {
                for (var x = 0; x < launch.Grid.X; x++)
                {
                    new PtxBlock(kernel, steps, memory, parameters, launch, new Extent(x, y, z)).Run();
                }
            }
        }
    }

    private static byte[] Parameters(PtxKernel kernel, PtxGlobalMemory memory, object[] arguments)
    {
        if (arguments.Length != kernel.Parameters.Count)
        {
            throw new PtxException($"{kernel.Name} takes {kernel.Parameters.Count} arguments, not {arguments.Length}.");
        }

        var space = new byte[kernel.ParameterBytes];
        foreach (var (parameter, argument) in kernel.Parameters.Zip(arguments))
        {
            var bytes = argument is PtxBuffer buffer ? Pointer(memory.AddressOf(buffer), buffer.Elements, parameter.Bytes) : BytesOf(argument);
            if (bytes.Length != parameter.Bytes)
            {
                throw new PtxException($"{kernel.Name}: {parameter.Name} has {parameter.Bytes} bytes, its argument {bytes.Length}.");
            }

            bytes.CopyTo(space.AsSpan(parameter.Offset));
        }

        return space;
    }

    private static byte[] Pointer(ulong address, long elements, int bytes)
    {
        byte[] view = [.. BitConverter.GetBytes(address), .. BitConverter.GetBytes(elements)];
        return bytes == sizeof(ulong) ? view[..bytes] : view;
    }

    private static byte[] BytesOf(object value)
    {
        var bytes = new byte[Marshal.SizeOf(value)];
        var handle = GCHandle.Alloc(bytes, GCHandleType.Pinned);
        Marshal.StructureToPtr(value, handle.AddrOfPinnedObject(), fDeleteOld: false);
        handle.Free();
        return bytes;
    }

    private static PtxStep Decode(PtxKernel kernel, PtxInstruction instruction)
    {
        if (FindTogether(instruction) is { } step)
        {
            return instruction.Guard < 0 ? step : throw new PtxException($"{kernel.Name}, {instruction}: a guard on it is not understood.");
        }

        var action = FindAlone(instruction) ?? throw new PtxException($"{kernel.Name}, {instruction}: the instruction is not understood.");
        return PtxStep.Of(thread =>
        {
            if (thread.Allows(instruction))
            {
                action(thread);
            }

            thread.Next++;
        });
    }

    /// <summary>The step of an instruction that several threads take part in, or null.</summary>
    private static PtxStep? FindTogether(PtxInstruction instruction) => instruction.Opcode switch
    {
        Barrier when instruction.Operands is [PtxOperand.Immediate { Bits: 0 }] => PtxStep.Of(PtxStep.Block, threads =>
        {
            threads[0].Block.Order.Synchronise(threads);
            threads[0].Block.Shared.ForgetReads();
        }),
        _ when WarpInstructions.Knows(instruction.Opcode) => PtxStep.Of(PtxBlock.WarpSize, warp => WarpInstructions.Run(instruction, warp)),
        _ => ShuffleInstructions.Find(instruction) ?? WarpgroupInstructions.Find(instruction),
    };

    /// <summary>What an instruction does to one thread, which then goes on with the next; null where it is none that is known.</summary>
    private static Action<PtxThread>? FindAlone(PtxInstruction instruction)
    {
        var operands = instruction.Operands;
        if (instruction.Opcode is "ret")
        {
            return thread => thread.Finished = true;
        }

        if (instruction.Opcode is "bra" or "bra.uni" && operands is [PtxOperand.Target target])
        {
            return thread => thread.Next = target.Instruction - 1;
        }

        if (PackingInstructions.Find(instruction) is { } packing)
        {
            return packing;
        }

        if (ScalarInstructions.Find(instruction.Opcode) is { } function && operands.Count == 1 + ScalarInstructions.Inputs(instruction.Opcode))
        {
            return thread => thread.Set(operands[0], function(
                thread.Value(operands[1]), operands.Count > 2 ? thread.Value(operands[2]) : 0, operands.Count > 3 ? thread.Value(operands[3]) : 0));
        }

        return MemoryInstructions.Find(instruction) ?? BarrierInstructions.Find(instruction);
    }
}
