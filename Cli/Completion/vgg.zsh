#compdef vgg
# Completion of vgg in zsh. Load it in ~/.zshrc, after compinit: source <(vgg completion zsh)
_vgg() {
    local rest="${(j: :)words[2,CURRENT-1]} $PREFIX"
    rest=${rest# }
    local -a replies
    replies=("${(@f)$("${words[1]}" "[suggest:${#rest}]" "$rest" 2>/dev/null)}")
    # Options where one is begun; else files are more likely.
    [[ $PREFIX == -* ]] || replies=("${(@)replies:#-*}")
    replies=("${(@M)replies:#${(b)PREFIX}*}")
    if (( $#replies )); then compadd -- "$replies[@]"; else _files; fi
}
compdef _vgg vgg
