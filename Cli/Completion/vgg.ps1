# Completion of vgg in PowerShell. Load it in $PROFILE: vgg completion powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName vgg -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $line = $commandAst.ToString().PadRight($cursorPosition).Substring(0, $cursorPosition)
    $rest = $line -replace '^\S+\s*', ''
    vgg "[suggest:$($rest.Length)]" $rest 2>$null |
        # Options where one is begun; else files are more likely.
        Where-Object { $_.StartsWith($wordToComplete) -and ($wordToComplete.StartsWith('-') -or -not $_.StartsWith('-')) } |
        ForEach-Object {
            $text = if ($_ -match '\s') { "'" + $_.Replace("'", "''") + "'" } else { $_ }
            [System.Management.Automation.CompletionResult]::new($text, $_, 'ParameterValue', $_)
        }
}
