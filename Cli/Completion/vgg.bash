# Completion of vgg in bash. Load it in ~/.bashrc: source <(vgg completion bash)
_vgg() {
    local line=${COMP_LINE:0:COMP_POINT} reply
    local rest=${line#*[[:space:]]} word=${line##*[[:space:]]}
    COMPREPLY=()
    while IFS= read -r reply; do
        # Options where one is begun; else files are more likely.
        [[ $reply == "$word"* && ($reply != -* || $word == -*) ]] || continue
        # Readline takes what follows a colon or an equals sign for a word of its own.
        [[ $COMP_WORDBREAKS == *:* && $word == *:* ]] && reply=${reply#"${word%:*}:"}
        COMPREPLY+=("$(printf %q "$reply")")
    done < <("${COMP_WORDS[0]}" "[suggest:${#rest}]" "$rest" 2>/dev/null)
}
complete -o bashdefault -o default -F _vgg vgg
