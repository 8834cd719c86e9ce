using System.Globalization;
using Gpu.Cli.Rendering.Report;
using NUnit.Framework;
using OpenQA.Selenium;
using OpenQA.Selenium.Chrome;
using OpenQA.Selenium.Interactions;

namespace Gpu.Tests.Cli.Rendering.Report;

/// <summary>The page as people use it: by pointer, keyboard, in the dark and on a phone.</summary>
internal sealed class ReportInBrowserTests
{
    private ChromeDriver browser = null!;
    private ReportPicture picture = null!;
    private string page = "";

    private IWebElement Stage => browser.FindElement(By.ClassName("stage"));

    private string Readout => browser.FindElement(By.ClassName("readout")).Text;

    private string Tip => browser.FindElement(By.ClassName("tip")).Text;

    [OneTimeSetUp]
    public void Open()
    {
        browser = HeadlessBrowser.Start();
        page = Path.Combine(TestFiles.OutputFolder(), "report.html");
        picture = SampleReport.Write(page, "scene.png");
    }

    [SetUp]
    public void Reload()
    {
        Media("");
        browser.Navigate().GoToUrl(new Uri(page));

        // The map is painted with the first frame.
        Assert.That(() => Number("document.querySelector('canvas').width"), Is.Positive.After(5).Seconds.PollEvery(50).MilliSeconds);
    }

    [OneTimeTearDown]
    public void Close() => browser?.Dispose();

    [Test]
    public void It_opens_without_an_error_and_loads_nothing()
    {
        Assert.Multiple(() =>
        {
            Assert.That(Errors(), Is.Empty);
            Assert.That(Number("performance.getEntriesByType('resource').filter(e => !e.name.startsWith('data:')).length"), Is.Zero);
            Assert.That(Number("[...document.images].filter(i => i.complete && i.naturalWidth > 0).length"), Is.EqualTo(6));
            Assert.That(Number("document.images[1].naturalWidth"), Is.EqualTo(224), "the list shows the network's input");
            Assert.That(browser.FindElement(By.Id("facts")).Text, Is.EqualTo("2 pictures · VGG-16 on cpu · 28 classes · vgg 1.2.3"));
            Assert.That(browser.FindElement(By.Id("failures")).Text, Does.Contain("scene.png is no picture."));
            Assert.That(browser.FindElements(By.CssSelector("article:first-child .classes li"))[0].Text, Does.StartWith(picture.Predictions[0].Name));
            Assert.That(browser.FindElements(By.CssSelector("article:last-child canvas")), Is.Empty, "the second picture has no map");
            Assert.That(browser.FindElement(By.CssSelector("article:last-child .note")).Text, Is.EqualTo("Too small for a map."));
        });
    }

    [TestCase(0, 0)]
    [TestCase(9, 13)]
    [TestCase(17, 25)]
    public void A_cell_under_the_pointer_names_its_class_and_confidence(int row, int column)
    {
        Point(row, column);
        var (name, confidence) = Cell(row, column);
        Assert.Multiple(() =>
        {
            Assert.That(Tip, Is.EqualTo($"{name} {confidence}"));
            Assert.That(Readout, Is.EqualTo($"Row {row + 1}, column {column + 1}: {name}, {confidence}"));
        });
    }

    [Test]
    public void The_margin_and_the_space_beside_the_picture_name_no_class()
    {
        Point(9, 13);
        Point(-1, 4);
        Assert.That((Tip, Readout), Is.EqualTo(("", "No window of the network lies around these pixels: they have no label.")));
        new Actions(browser).MoveToElement(browser.FindElement(By.TagName("h1"))).Perform();
        Assert.That(Readout, Does.StartWith("Point at a cell"));
    }

    [Test]
    public void The_keyboard_reaches_the_map_and_moves_over_its_cells()
    {
        var presses = 0;
        for (; presses < 20 && !Focused("stage"); presses++)
        {
            Press(Keys.Tab);
        }

        Assert.That(Focused("stage"), Is.True);
        Assert.That(Style("document.activeElement", "outlineStyle"), Is.EqualTo("solid"), "the focus is visible");
        Assert.That(Readout, Does.StartWith("Row 1, column 1: "));
        Press(Keys.ArrowDown, Keys.ArrowDown, Keys.ArrowRight, Keys.ArrowRight, Keys.ArrowRight, Keys.ArrowLeft);
        var (name, confidence) = Cell(2, 2);
        Assert.That(Readout, Is.EqualTo($"Row 3, column 3: {name}, {confidence}"));
        Assert.That(Tip, Is.EqualTo($"{name} {confidence}"));
        Press(Keys.End, Keys.ArrowRight, Keys.PageDown, Keys.ArrowDown);
        Assert.That(Readout, Does.StartWith("Row 18, column 26: "));
        Press(Keys.Enter);
        Assert.That(Pressed(), Is.EqualTo(new[] { picture.Map!.Ids[^1] }));
        Press(Keys.Escape);
        Assert.That(Pressed(), Is.Empty);
        Assert.That(browser.FindElement(By.ClassName("readout")).GetAttribute("aria-live"), Is.EqualTo("polite"));
    }

    [Test]
    public void The_slider_goes_from_the_photograph_to_the_colours()
    {
        var slider = browser.FindElement(By.CssSelector(".opacity input"));
        slider.SendKeys(Keys.End);
        Assert.That(browser.FindElement(By.CssSelector(".opacity output")).Text, Is.EqualTo("100 %"));
        var expected = picture.Map!.Classes[picture.Map.Ids[(9 * picture.Map.Columns) + 8]];
        Assert.That(Corner(9, 8), Is.EqualTo($"{expected.Colour}ff"));
        slider.SendKeys(Keys.Home);
        Assert.That(Corner(9, 8), Is.EqualTo("#00000000"));
        slider.SendKeys(Keys.ArrowRight);
        Assert.That(browser.FindElement(By.CssSelector(".opacity output")).Text, Is.EqualTo("1 %"));
    }

    [Test]
    public void A_class_of_the_legend_can_be_seen_alone()
    {
        browser.FindElement(By.CssSelector(".opacity input")).SendKeys(Keys.End);
        var id = picture.Map!.Ids[(9 * picture.Map.Columns) + 8];
        var buttons = browser.FindElements(By.CssSelector(".legend button"));
        Assert.That(buttons.Select(b => b.FindElement(By.ClassName("name")).Text), Is.EqualTo(picture.Map.Classes.Select(c => c.Name)));
        buttons[id == 0 ? 1 : 0].Click();
        Assert.That(Pressed(), Is.EqualTo(new[] { id == 0 ? 1 : 0 }));
        Assert.That(Corner(9, 8), Is.EqualTo("#00000000"), "a cell of another class");
        buttons[id].Click();
        Assert.That(Corner(9, 8), Is.EqualTo($"{picture.Map.Classes[id].Colour}ff"));
        buttons[id].Click();
        Assert.That(Pressed(), Is.Empty);
    }

    [Test]
    public void The_theme_follows_the_system_until_it_is_chosen()
    {
        var button = browser.FindElement(By.Id("theme"));
        Media("light");
        AssertTheme(isDark: false);
        Media("dark");
        AssertTheme(isDark: true);
        button.Click();
        AssertTheme(isDark: false);
        button.SendKeys(Keys.Space);
        AssertTheme(isDark: true);
        Media("light");
        AssertTheme(isDark: true);

        // The page hears of the system's choice with the next frame.
        void AssertTheme(bool isDark) => Assert.That(
            () => (Number("Number(getComputedStyle(document.body).backgroundColor.match(/\\d+/)[0])") < 60, button.GetAttribute("aria-pressed")),
            Is.EqualTo((isDark, isDark ? "true" : "false")).After(5).Seconds.PollEvery(50).MilliSeconds);
    }

    [TestCase(360)]
    [TestCase(768)]
    public void A_narrow_screen_needs_no_scrolling_sideways(int width)
    {
        browser.ExecuteCdpCommand("Emulation.setDeviceMetricsOverride", new Dictionary<string, object?>
        {
            ["width"] = width,
            ["height"] = 740,
            ["deviceScaleFactor"] = 2,
            ["mobile"] = true,
        });
        try
        {
            browser.Navigate().Refresh();
            Assert.That(Number("document.documentElement.scrollWidth"), Is.EqualTo(width));
            Point(17, 25);
            AssertPixels(2 * Number("document.querySelector('.stage').clientWidth"), "two pixels of the screen for each of the page's");
            browser.ExecuteScript("document.querySelector('footer').scrollIntoView()");
            AssertPixels(0, "a map far from the screen holds none");
            Point(17, 25);
            Assert.That(Tip, Is.EqualTo($"{Cell(17, 25).Name} {Cell(17, 25).Confidence}"));
            Assert.That(Number("document.querySelector('.tip').getBoundingClientRect().right"), Is.LessThanOrEqualTo(width));
        }
        finally
        {
            browser.ExecuteCdpCommand("Emulation.clearDeviceMetricsOverride", []);
        }

        void AssertPixels(double columns, string why) => Assert.That(
            () => Number("document.querySelector('canvas').width"), Is.EqualTo(columns).After(5).Seconds.PollEvery(50).MilliSeconds, why);
    }

    [Test]
    public void Hostile_names_are_shown_and_do_nothing()
    {
        var path = Path.Combine(TestFiles.OutputFolder(), "report.html");
        SampleReport.Write(path, SampleReport.HostileName, SampleReport.HostileName);
        browser.Navigate().GoToUrl(new Uri(path));
        Point(9, 13);
        Assert.Multiple(() =>
        {
            Assert.That(browser.Title, Does.StartWith("A title of </script>"));
            Assert.That(Tip, Does.StartWith(SampleReport.HostileName));
            Assert.That(browser.FindElement(By.CssSelector(".legend .name")).Text, Is.EqualTo(SampleReport.HostileName));
            Assert.That(browser.FindElement(By.CssSelector("#failures li")).Text, Is.EqualTo($"{SampleReport.HostileName} is no picture."));
            Assert.That(browser.FindElements(By.CssSelector("[onerror]")), Is.Empty);
            Assert.That(Errors(), Is.Empty);
        });
    }

    /// <summary>What the console complains of: exceptions, breaches of the policy, files not found.</summary>
    private IEnumerable<string> Errors() =>
        browser.Manage().Logs.GetLog(LogType.Browser).Where(e => e.Level == LogLevel.Severe).Select(e => e.Message);

    private (string Name, string Confidence) Cell(int row, int column)
    {
        var cell = (row * picture.Map!.Columns) + column;
        return (picture.Map.Classes[picture.Map.Ids[cell]].Name, string.Create(CultureInfo.InvariantCulture, $"{100 * picture.Map.Confidence[cell]:F1} %"));
    }

    /// <summary>Moves the pointer to the middle of a cell.</summary>
    private void Point(int row, int column)
    {
        browser.ExecuteScript("arguments[0].scrollIntoView({ block: 'center' })", Stage);
        var map = picture.Map!;
        var x = ((map.Offset + ((column + 0.5) * map.Stride)) / picture.Width) - 0.5;
        var y = ((map.Offset + ((row + 0.5) * map.Stride)) / picture.Height) - 0.5;
        new Actions(browser).MoveToElement(Stage, (int)(x * Stage.Size.Width), (int)(y * Stage.Size.Height)).Perform();
    }

    /// <summary>Colour and opacity that the canvas has near the upper left corner of a cell, beside outline and number.</summary>
    private string Corner(int row, int column) => (string)browser.ExecuteScript(
        """
        const canvas = document.querySelector('canvas');
        const pixel = canvas.getContext('2d').getImageData(arguments[0] * canvas.width, arguments[1] * canvas.height, 1, 1).data;
        return '#' + [...pixel].map(v => v.toString(16).padStart(2, '0')).join('');
        """,
        (picture.Map!.Offset + ((column + 0.25) * picture.Map.Stride)) / picture.Width,
        (picture.Map.Offset + ((row + 0.25) * picture.Map.Stride)) / picture.Height)!;

    private int[] Pressed() =>
        [.. browser.FindElements(By.CssSelector(".legend button[aria-pressed='true'] .swatch")).Select(s => int.Parse(s.Text, CultureInfo.InvariantCulture))];

    private bool Focused(string className) => (bool)browser.ExecuteScript("return document.activeElement.classList.contains(arguments[0])", className)!;

    private string Style(string element, string property) => (string)browser.ExecuteScript($"return getComputedStyle({element})['{property}']")!;

    private double Number(string expression) => Convert.ToDouble(browser.ExecuteScript($"return {expression}"), CultureInfo.InvariantCulture);

    private void Press(params string[] keys)
    {
        foreach (var key in keys)
        {
            new Actions(browser).SendKeys(key).Perform();
        }
    }

    /// <summary>What the system prefers: light, dark, or whatever this one does.</summary>
    private void Media(string scheme) => browser.ExecuteCdpCommand("Emulation.setEmulatedMedia", new Dictionary<string, object?>
    {
        ["features"] = new[] { new Dictionary<string, object> { ["name"] = "prefers-color-scheme", ["value"] = scheme } },
    });
}
