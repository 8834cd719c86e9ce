using NUnit.Framework;
using OpenQA.Selenium;
using OpenQA.Selenium.Chrome;

namespace Gpu.Tests.Cli.Rendering.Report;

/// <summary>A Chromium without a window, where this machine has one with its driver.</summary>
internal static class HeadlessBrowser
{
    /// <summary>Set where a missing browser is a failure, as in continuous integration.</summary>
    private const string Required = "REQUIRE_BROWSER";

    private static readonly string[] Browsers = ["chromium", "chromium-browser", "google-chrome", "chrome"];
    private static readonly string[] Drivers = ["chromedriver"];

    /// <summary>Starts a browser; the test is ignored where there is none.</summary>
    public static ChromeDriver Start()
    {
        if ((Find(Browsers), Find(Drivers)) is not ({ } browser, { } driver))
        {
            const string reason = "No Chromium and chromedriver on the PATH: pages are not tried in a browser.";
            if (Environment.GetEnvironmentVariable(Required) == "1")
            {
                Assert.Fail(reason);
            }

            Assert.Ignore(reason);
            return null!;
        }

        var service = ChromeDriverService.CreateDefaultService(Path.GetDirectoryName(driver), Path.GetFileName(driver));
        service.SuppressInitialDiagnosticInformation = true;
        var options = new ChromeOptions { BinaryLocation = browser };

        // Root, as in containers, has no sandbox.
        options.AddArguments("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--window-size=1280,1400");
        options.SetLoggingPreference(LogType.Browser, LogLevel.All);
        return new ChromeDriver(service, options);
    }

    private static string? Find(string[] names) =>
        (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(Path.PathSeparator)
            .SelectMany(folder => names.Select(name => Path.Combine(folder, name)))
            .FirstOrDefault(File.Exists);
}
