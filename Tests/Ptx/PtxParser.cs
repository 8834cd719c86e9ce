using System.Globalization;
using System.Text.RegularExpressions;

namespace Gpu.Tests.Ptx;

/// <summary>
/// Reads a module of one kernel: parameters, registers, shared memory, labels and instructions of the PTX ISA (NVIDIA, Parallel
/// Thread Execution ISA, chapters 4 and 5). Directives that it does not know are refused.
/// </summary>
internal sealed partial class PtxParser
{
    /// <summary>Where shared memory begins in its window, so that a null address is none.</summary>
    public const int SharedBase = 1024;

    private readonly List<PtxParameter> parameters = [];
    private readonly List<string> registers = [];
    private readonly Dictionary<string, ulong> variables = [];
    private readonly Stack<Scope> scopes = new([new Scope()]);
    private readonly List<(int Line, string Text, List<Scope> Scopes)> statements = [];
    private string? dynamicShared;
    private int dynamicAlignment = 128;
    private int sharedBytes;
    private string name = "";

    private PtxParser()
    {
    }

    /// <summary>Reads a module.</summary>
    /// <exception cref="PtxException">It holds something unknown; the message names the line.</exception>
    public static PtxKernel Parse(string module)
    {
        var parser = new PtxParser();
        parser.Read(module);
        return parser.Finish();
    }

    private void Read(string module)
    {
        var text = Comment().Replace(module, m => new string('\n', m.Value.Count(c => c == '\n')));
        var entry = Entry().Match(text);
        if (!entry.Success || text.Contains(".func", StringComparison.Ordinal))
        {
            throw new PtxException("The module is not one kernel without functions.");
        }

        name = entry.Groups["name"].Value;
        foreach (var (line, statement) in Split(HeaderLine().Replace(text[..entry.Index], ""), 1))
        {
            Declare(line, statement);
        }

        foreach (var parameter in entry.Groups["parameters"].Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            AddParameter(parameter);
        }

        var start = entry.Index + entry.Length;
        var end = text.LastIndexOf('}');
        foreach (var (line, statement) in Split(text[start..end], 1 + text.AsSpan(0, start).Count('\n')))
        {
            Add(line, statement);
        }
    }

    /// <summary>Statements end with a semicolon, labels with a colon; a brace where a statement may start opens or closes a scope.</summary>
    private static IEnumerable<(int Line, string Statement)> Split(string text, int line)
    {
        var start = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] is ';' or ':' or '{' or '}')
            {
                var soFar = text[start..i].Trim();
                if (text[i] is ';' || (text[i] is ':' && Label().IsMatch(soFar)) || (text[i] is '{' or '}' && soFar.Length == 0))
                {
                    yield return (line, text[i] is ';' ? soFar : soFar + text[i]);
                    start = i + 1;
                }
            }

            if (text[i] == '\n')
            {
                line++;
            }
        }

        if (text[start..].Trim().Length > 0)
        {
            throw new PtxException($"line {line}: a statement without an end: {text[start..].Trim()}");
        }
    }

    private void AddParameter(string text)
    {
        var match = Parameter().Match(text);
        if (!match.Success)
        {
            throw new PtxException($"{name}: the parameter '{text}' is not one that is understood.");
        }

        var element = BitsOf(match.Groups["type"].Value) / 8;
        var alignment = match.Groups["align"].Success ? Integer(match.Groups["align"].Value) : element;
        var offset = parameters.Count == 0 ? 0 : Align(parameters[^1].Offset + parameters[^1].Bytes, alignment);
        var bytes = element * (match.Groups["count"].Success ? Integer(match.Groups["count"].Value) : 1);
        parameters.Add(new PtxParameter(match.Groups["name"].Value, offset, bytes));
        variables.Add(match.Groups["name"].Value, (ulong)offset);
    }

    private void Add(int line, string statement)
    {
        switch (statement)
        {
            case "":
                break;
            case "{":
                scopes.Push(new Scope());
                break;
            case "}":
                scopes.Pop();
                break;
            case [.., ':']:
                scopes.Peek().Labels.Add(statement[..^1], statements.Count);
                break;
            case ['.', ..]:
                Declare(line, statement);
                break;
            default:
                statements.Add((line, statement, [.. scopes]));
                break;
        }
    }

    private void Declare(int line, string statement)
    {
        var shared = Shared().Match(statement);
        if (shared.Success)
        {
            var alignment = Integer(shared.Groups["align"].Value);
            if (!shared.Groups["count"].Success)
            {
                (dynamicShared, dynamicAlignment) = (shared.Groups["name"].Value, Math.Max(dynamicAlignment, alignment));
                return;
            }

            sharedBytes = Align(sharedBytes, alignment);
            variables.Add(shared.Groups["name"].Value, (ulong)(SharedBase + sharedBytes));
            sharedBytes += Integer(shared.Groups["count"].Value) * BitsOf(shared.Groups["type"].Value) / 8;
            return;
        }

        var registerList = RegisterList().Match(statement);
        if (!registerList.Success)
        {
            throw new PtxException($"line {line}: the declaration '{statement}' is not one that is understood.");
        }

        foreach (var item in registerList.Groups["names"].Value.Split(',', StringSplitOptions.TrimEntries))
        {
            var range = item.Split('<', '>');
            var names = range.Length == 1 ? [item] : Enumerable.Range(0, Integer(range[1])).Select(i => string.Create(CultureInfo.InvariantCulture, $"{range[0]}{i}"));
            foreach (var register in names)
            {
                scopes.Peek().Registers.Add(register, registers.Count);
                registers.Add(register);
            }
        }
    }

    private PtxKernel Finish()
    {
        if (dynamicShared is not null)
        {
            sharedBytes = Align(sharedBytes, dynamicAlignment);
            variables.Add(dynamicShared, (ulong)(SharedBase + sharedBytes));
        }

        return new PtxKernel(name, parameters, [.. statements.Select(s => Instruction(s.Line, s.Text, s.Scopes))], registers, sharedBytes);
    }

    private PtxInstruction Instruction(int line, string text, List<Scope> visible)
    {
        var match = Statement().Match(text);
        var guard = -1;
        if (match.Groups["guard"].Success)
        {
            guard = Operand(match.Groups["guard"].Value) is PtxOperand.Register register ? register.Slot : throw Unknown(match.Groups["guard"].Value);
        }

        var operands = SplitOperands(match.Groups["operands"].Value).Select(Operand).ToArray();
        return new PtxInstruction(line, match.Groups["opcode"].Value, operands, guard, match.Groups["not"].Length > 0);

        PtxException Unknown(string operand) => new($"line {line}: '{operand}' in '{text}' is not an operand that is understood.");

        PtxOperand Operand(string operand)
        {
            foreach (var scope in visible)
            {
                if (scope.Registers.TryGetValue(operand, out var slot))
                {
                    return new PtxOperand.Register(slot, operand);
                }

                if (scope.Labels.TryGetValue(operand, out var instruction))
                {
                    return new PtxOperand.Target(instruction);
                }
            }

            return operand switch
            {
                ['{', .., '}'] => new PtxOperand.Vector([.. SplitOperands(operand[1..^1]).Select(Operand)]),
                ['[', .., ']'] => Address(operand[1..^1]),
                ['%', ..] when SpecialRegister().IsMatch(operand) => new PtxOperand.Special(operand),
                "_" => new PtxOperand.Sink(),
                _ when operand.Split('|', StringSplitOptions.TrimEntries) is [var first, var second] => new PtxOperand.Pair(Operand(first), Operand(second)),
                _ when variables.TryGetValue(operand, out var address) => new PtxOperand.Immediate(address),
                _ when PtxNumber.TryParse(operand, out var bits) => new PtxOperand.Immediate(bits),
                _ => throw Unknown(operand),
            };
        }

        PtxOperand.Address Address(string operand)
        {
            var parts = operand.Split('+', StringSplitOptions.TrimEntries);
            ulong offset = 0;
            return parts.Length <= 2 && (parts.Length == 1 || PtxNumber.TryParse(parts[1], out offset))
                ? new PtxOperand.Address(Operand(parts[0]), (long)offset)
                : throw Unknown(operand);
        }
    }

    private static IEnumerable<string> SplitOperands(string text) =>
        text.Length == 0 ? [] : OperandSeparator().Split(text).Select(t => t.Trim());

    private static int BitsOf(string type) => Integer(type[1..]);

    private static int Integer(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private static int Align(int value, int alignment) => (value + alignment - 1) / alignment * alignment;

    /// <summary>What braces hold: registers by slot and labels by the instruction they stand before.</summary>
    private sealed class Scope
    {
        public Dictionary<string, int> Registers { get; } = [];

        public Dictionary<string, int> Labels { get; } = [];
    }

    [GeneratedRegex(@"//[^\n]*|/\*.*?\*/", RegexOptions.Singleline)]
    private static partial Regex Comment();

    [GeneratedRegex(@"\.visible\s+\.entry\s+(?<name>[\w$]+)\s*\((?<parameters>[^)]*)\)[^{]*\{")]
    private static partial Regex Entry();

    [GeneratedRegex(@"^[ \t]*\.(version|target|address_size)[^\n]*", RegexOptions.Multiline)]
    private static partial Regex HeaderLine();

    [GeneratedRegex(@"^[\w$]+$")]
    private static partial Regex Label();

    [GeneratedRegex(@"^\.param\s+(\.align\s+(?<align>\d+)\s+)?\.(?<type>[busf]\d+)\s+(?<name>[\w$]+)(\[(?<count>\d+)\])?$")]
    private static partial Regex Parameter();

    [GeneratedRegex(@"^(\.extern\s+)?\.shared\s+\.align\s+(?<align>\d+)\s+\.(?<type>[busf]\d+)\s+(?<name>[\w$]+)\[(?<count>\d+)?\]$")]
    private static partial Regex Shared();

    [GeneratedRegex(@"^\.reg\s+\.(pred|[busf]\d+)\s+(?<names>.+)$", RegexOptions.Singleline)]
    private static partial Regex RegisterList();

    [GeneratedRegex(@"^(@(?<not>!?)(?<guard>[%\w$]+)\s+)?(?<opcode>[\w.:]+)\s*(?<operands>.*)$", RegexOptions.Singleline)]
    private static partial Regex Statement();

    [GeneratedRegex(@"^%(((tid|ntid|ctaid|nctaid)\.[xyz])|laneid|warpid|dynamic_smem_size)$")]
    private static partial Regex SpecialRegister();

    [GeneratedRegex(@",(?![^{]*\})")]
    private static partial Regex OperandSeparator();
}
