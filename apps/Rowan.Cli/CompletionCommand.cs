using System.CommandLine;

namespace Rowan.Cli;

/// <summary>
/// <c>rowan completion</c>: scripts that ask the command itself, by its [suggest] directive, for the words at the cursor.
/// </summary>
static class CompletionCommand
{
    static readonly Dictionary<string, string> Scripts = new()
    {
        ["bash"] = """
            _rowan() {
              local IFS=$'\n'
              COMPREPLY=($(rowan "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2> /dev/null))
              COMPREPLY=($(compgen -W "${COMPREPLY[*]}" -- "${COMP_WORDS[COMP_CWORD]}"))
            }
            complete -o default -F _rowan rowan
            """,
        ["zsh"] = """
            #compdef rowan
            _rowan() {
              local -a found
              found=("${(@f)$(rowan "[suggest:${CURSOR}]" "${BUFFER}" 2> /dev/null)}")
              compadd -a found || _files
            }
            compdef _rowan rowan
            """,
        ["fish"] = """
            complete -c rowan -a '(rowan "[suggest:"(string length -- (commandline -cp))"]" (commandline -cp) 2> /dev/null)'
            """,
        ["pwsh"] = """
            Register-ArgumentCompleter -Native -CommandName rowan -ScriptBlock {
              param($word, $line, $position)
              rowan "[suggest:$position]" "$line" 2> $null | Where-Object { $_ -like "$word*" } | ForEach-Object { [System.Management.Automation.CompletionResult]::new($_) }
            }
            """,
    };

    public static Command Create(Terminal terminal)
    {
        var shell = new Argument<string>("shell") { Description = $"One of {string.Join(", ", Scripts.Keys)}.", HelpName = "SHELL" };
        shell.AcceptOnlyFromAmong([.. Scripts.Keys]);
        var command = new Command("completion", """
            Print a completion script for a shell: commands, options, their values, and names of runs.

            Examples:
              rowan completion bash >> ~/.bashrc
              rowan completion zsh > "${fpath[1]}/_rowan"
              rowan completion fish > ~/.config/fish/completions/rowan.fish
              rowan completion pwsh >> $PROFILE
            """) { shell };
        command.SetAction(parsed =>
        {
            terminal.Out.WriteLine(Scripts[parsed.GetValue(shell)!]);
            return App.Ok;
        });
        return command;
    }
}
