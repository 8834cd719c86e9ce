namespace Gpu.Kernels.Generator;

/// <summary>
/// The matrices of F(m x m, 3 x 3), Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", 2015, section 4.1:
/// <c>Y = A^T [(G g G^T) * (B^T d B)] A</c> for a filter g, a patch d of m + 2 by m + 2 pixels and m by m outputs Y. Each comes from
/// evaluating polynomials at the points named and at infinity. Rows of B^T and G, and columns of A^T, of points p and -p are neighbours.
/// </summary>
internal sealed class WinogradMatrices
{
    private WinogradMatrices(int tile, double[][] input, double[][] filter, double[][] output)
    {
        Tile = tile;
        Input = input;
        Filter = filter;
        Output = output;
    }

    /// <summary>All sizes: 2.25, 4 and 5.06 times fewer multiplications than the direct algorithm.</summary>
    public static WinogradMatrices[] All { get; } =
    [
        // Points 0, 1, -1.
        new(
            2,
            [
                [1, 0, -1, 0],
                [0, 1, 1, 0],
                [0, -1, 1, 0],
                [0, 1, 0, -1],
            ],
            [
                [1, 0, 0],
                [1 / 2d, 1 / 2d, 1 / 2d],
                [1 / 2d, -1 / 2d, 1 / 2d],
                [0, 0, 1],
            ],
            [
                [1, 1, 1, 0],
                [0, 1, -1, -1],
            ]),

        // Points 0, 5/8, -5/8, 3/2, -3/2: rounding the factors of products costs 0.44 of the error that it does with 0, 1, -1, 2, -2.
        new(
            4,
            [
                [225 / 256d, 0, -169 / 64d, 0, 1, 0],
                [0, -45 / 32d, -9 / 4d, 5 / 8d, 1, 0],
                [0, 45 / 32d, -9 / 4d, -5 / 8d, 1, 0],
                [0, -75 / 128d, -25 / 64d, 3 / 2d, 1, 0],
                [0, 75 / 128d, -25 / 64d, -3 / 2d, 1, 0],
                [0, 225 / 256d, 0, -169 / 64d, 0, 1],
            ],
            [
                [256 / 225d, 0, 0],
                [-2048 / 2975d, -256 / 595d, -32 / 119d],
                [-2048 / 2975d, 256 / 595d, -32 / 119d],
                [128 / 1071d, 64 / 357d, 32 / 119d],
                [128 / 1071d, -64 / 357d, 32 / 119d],
                [0, 0, 1],
            ],
            [
                [1, 1, 1, 1, 1, 0],
                [0, 5 / 8d, -5 / 8d, 3 / 2d, -3 / 2d, 0],
                [0, 25 / 64d, 25 / 64d, 9 / 4d, 9 / 4d, 0],
                [0, 125 / 512d, -125 / 512d, 27 / 8d, -27 / 8d, 1],
            ]),

        // Points 0, 1, -1, 2, -2, 1/2, -1/2.
        new(
            6,
            [
                [1, 0, -21 / 4d, 0, 21 / 4d, 0, -1, 0],
                [0, 1, 1, -17 / 4d, -17 / 4d, 1, 1, 0],
                [0, -1, 1, 17 / 4d, -17 / 4d, -1, 1, 0],
                [0, 1 / 2d, 1 / 4d, -5 / 2d, -5 / 4d, 2, 1, 0],
                [0, -1 / 2d, 1 / 4d, 5 / 2d, -5 / 4d, -2, 1, 0],
                [0, 2, 4, -5 / 2d, -5, 1 / 2d, 1, 0],
                [0, -2, 4, 5 / 2d, -5, -1 / 2d, 1, 0],
                [0, -1, 0, 21 / 4d, 0, -21 / 4d, 0, 1],
            ],
            [
                [1, 0, 0],
                [-2 / 9d, -2 / 9d, -2 / 9d],
                [-2 / 9d, 2 / 9d, -2 / 9d],
                [1 / 90d, 1 / 45d, 2 / 45d],
                [1 / 90d, -1 / 45d, 2 / 45d],
                [32 / 45d, 16 / 45d, 8 / 45d],
                [32 / 45d, -16 / 45d, 8 / 45d],
                [0, 0, 1],
            ],
            [
                [1, 1, 1, 1, 1, 1, 1, 0],
                [0, 1, -1, 2, -2, 1 / 2d, -1 / 2d, 0],
                [0, 1, 1, 4, 4, 1 / 4d, 1 / 4d, 0],
                [0, 1, -1, 8, -8, 1 / 8d, -1 / 8d, 0],
                [0, 1, 1, 16, 16, 1 / 16d, 1 / 16d, 0],
                [0, 1, -1, 32, -32, 1 / 32d, -1 / 32d, 1],
            ]),
    ];

    /// <summary>Outputs of a tile in each direction: m.</summary>
    public int Tile { get; }

    /// <summary>Inputs of a tile in each direction, and its elements after the transform: m + 2.</summary>
    public int Patch => Tile + 2;

    /// <summary>B^T.</summary>
    public double[][] Input { get; }

    /// <summary>G.</summary>
    public double[][] Filter { get; }

    /// <summary>A^T.</summary>
    public double[][] Output { get; }
}
