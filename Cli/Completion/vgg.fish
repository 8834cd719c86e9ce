# Completion of vgg in fish. Load it: vgg completion fish > ~/.config/fish/completions/vgg.fish
function __vgg_complete
    set --local words (commandline --tokenize --cut-at-cursor)
    set --local word (commandline --current-token --cut-at-cursor)
    set --local rest (string join ' ' -- $words[2..] $word)
    for reply in ($words[1] "[suggest:"(string length -- "$rest")"]" "$rest" 2>/dev/null)
        # Options where one is begun; else files are more likely.
        if string match --quiet -- '-*' "$word"; or not string match --quiet -- '-*' $reply
            echo $reply
        end
    end
end
complete --command vgg --arguments '(__vgg_complete)'
