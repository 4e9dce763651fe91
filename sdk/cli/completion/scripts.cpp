#include "completion/commands.hpp"

namespace tidemill::cli {
namespace {

constexpr const char* bash_script = R"(_tidectl() {
  local IFS=$'\n'
  COMPREPLY=($(tidectl __complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _tidectl tidectl
)";

constexpr const char* zsh_script = R"(#compdef tidectl
_tidectl() {
  local -a found
  found=("${(@f)$(tidectl __complete "${(@)words[2,CURRENT]}" 2>/dev/null)}")
  found=(${found:#})
  if (( ${#found} )); then compadd -a found; else _files; fi
}
compdef _tidectl tidectl
)";

constexpr const char* fish_script = R"(function __tidectl_complete
  set -l words (commandline -opc) (commandline -ct)
  tidectl __complete $words[2..-1] 2>/dev/null
end
complete -c tidectl -a '(__tidectl_complete)'
)";

}  // namespace

void add_completion(CLI::App& app, output& out) {
  auto shell = std::make_shared<std::string>();
  auto* command =
      app.add_subcommand("completion", "Print a script that completes words in a shell");
  command->add_option("shell", *shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  command->footer(
      "Examples:\n  source <(tidectl completion bash)\n"
      "  tidectl completion fish > ~/.config/fish/completions/tidectl.fish");
  command->callback([shell, &out] {
    const std::string script = *shell == "bash"  ? bash_script
                               : *shell == "zsh" ? zsh_script
                                                 : fish_script;
    out.answer(boost::json::object{{"shell", *shell}, {"script", script}}, script);
  });
}

}  // namespace tidemill::cli
