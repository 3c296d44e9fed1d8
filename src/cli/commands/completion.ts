import { defineCommand } from "../command.js";

/** Each asks the program itself, so that a completion knows what its version knows; without a candidate it is files that are completed. */
const SCRIPTS: Readonly<Record<string, string>> = {
  bash: `_mllm_shap() {
  local IFS=$'\\n'
  COMPREPLY=($(mllm-shap complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _mllm_shap mllm-shap
`,
  zsh: `#compdef mllm-shap
_mllm_shap() {
  local -a candidates
  candidates=("\${(@f)$(mllm-shap complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -n "\${candidates[1]}" ]]; then compadd -a candidates; else _files; fi
}
compdef _mllm_shap mllm-shap
`,
  fish: `function __mllm_shap
  set -l words (commandline -opc) (commandline -ct)
  mllm-shap complete -- $words[2..-1] 2>/dev/null
end
complete -c mllm-shap -a '(__mllm_shap)'
`,
};

export const completion = defineCommand({
  name: "completion",
  summary: 'print a script that completes commands, options and values: eval "$(mllm-shap completion bash)"',
  usage: "<shell>",
  async options(command) {
    const { Argument } = await import("commander");
    command.addArgument(new Argument("<shell>", "the shell that is to read it").choices(Object.keys(SCRIPTS)));
  },
  async run({ operands: [shell = ""] }, context) {
    const { printText } = await import("../print_found.js");
    await printText(SCRIPTS[shell] ?? "", context);
    return 0;
  },
});
