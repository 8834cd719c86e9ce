using Gpu.Kernels.Tensors;

namespace Gpu.Kernels.Operations;

/// <summary>A class with its logit and softmax probability at one position.</summary>
public readonly record struct ClassScore(int Index, float Logit, float Probability);

/// <summary>
/// Picks the classes of highest logit at every position, on the device, so that only they come back. Equal logits rank by
/// lowest class index, as TensorFlow's argmax does.
/// </summary>
public abstract class ClassRanking : IDisposable
{
    /// <summary>Fixes shape and count.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is not between 1 and the number of classes.</exception>
    protected ClassRanking(Shape logits, int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, logits.Channels);
        Logits = logits;
        Count = count;
    }

    /// <summary>The algorithm's name.</summary>
    public abstract string Algorithm { get; }

    /// <summary>Shape of the logits, and of their probabilities.</summary>
    public Shape Logits { get; }

    /// <summary>Classes returned per position: 1 for argmax.</summary>
    public int Count { get; }

    /// <summary>Ranks, waits, and returns the best classes.</summary>
    /// <param name="logits">Logits.</param>
    /// <param name="probabilities">Their softmax, in a tensor of the same shape.</param>
    /// <param name="scores">Receives <see cref="Count"/> entries per position, best first; positions in NHW order.</param>
    /// <exception cref="ArgumentException">A tensor or span does not fit.</exception>
    public void Run(Tensor logits, Tensor probabilities, Span<ClassScore> scores)
    {
        Queue(logits, probabilities);
        Read(scores);
    }

    /// <summary>Queues the ranking; its result stays on the device until the next.</summary>
    /// <param name="logits">Logits.</param>
    /// <param name="probabilities">Their softmax, in a tensor of the same shape.</param>
    /// <exception cref="ArgumentException">A tensor does not fit.</exception>
    public abstract void Queue(Tensor logits, Tensor probabilities);

    /// <summary>Waits, and returns the best classes of the last ranking.</summary>
    /// <param name="scores">Receives <see cref="Count"/> entries per position, best first; positions in NHW order.</param>
    /// <exception cref="ArgumentException">The span does not fit.</exception>
    public abstract void Read(Span<ClassScore> scores);

    /// <summary>
    /// Begins to read the best classes of the last ranking, which the next one may overwrite already when this returns. A device that
    /// can only queues that; others wait, as <see cref="Read"/> does.
    /// </summary>
    /// <returns>
    /// Waits, and returns <see cref="Count"/> entries per position as <see cref="Read"/> does. To be called once, before the device is
    /// closed; inside or outside of <see cref="Devices.Device.Enter"/>. Throws a <see cref="Devices.DeviceException"/> if the device failed.
    /// </returns>
    /// <exception cref="Devices.DeviceException">The device failed.</exception>
    public virtual Func<ClassScore[]> BeginRead()
    {
        var scores = new ClassScore[Logits.Positions * Count];
        Read(scores);
        return () => scores;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Releases scratch memory.</summary>
    protected virtual void Dispose(bool disposing)
    {
    }

    /// <summary>Refuses a result span of the wrong length.</summary>
    protected void CheckLength(int length)
    {
        if (length != Logits.Positions * Count)
        {
            throw new ArgumentException($"{Count} classes for each position of {Logits} need {Logits.Positions * Count} entries, not {length}.");
        }
    }
}
