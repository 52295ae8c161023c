namespace PolicyGateway.Evaluation.Rows;

/// <summary>Says what is wrong with the data, each by file and line, and counts; of very many faults only the first are said.</summary>
internal sealed class RowFaults(TextWriter errors)
{
    private const int MostSaid = 20;

    private int _said;

    /// <summary>Lines that are no row, or repeat one, and are left out.</summary>
    public int LeftOut { get; private set; }

    /// <summary>Rows that count in spite of something odd.</summary>
    public int Odd { get; private set; }

    /// <summary>Files that could not be read to their end, or have no rows.</summary>
    public int BadFiles { get; private set; }

    public void LeaveOut(string file, long line, string says)
    {
        LeftOut++;
        Say($"{file}, line {line} {says}.");
    }

    public void Note(string file, long line, string says)
    {
        Odd++;
        Say($"{file}, line {line} {says}.");
    }

    public void BadFile(string says)
    {
        BadFiles++;
        errors.WriteLine(says);
    }

    private void Say(string message)
    {
        if (_said++ < MostSaid)
        {
            errors.WriteLine(message);
        }
        else if (_said == MostSaid + 1)
        {
            errors.WriteLine("More lines are like that; they are counted and not named.");
        }
    }
}
