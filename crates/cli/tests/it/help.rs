//! Help, version and mistakes on the command line.

use expect_test::expect;

use crate::command::check;

#[test]
fn version() {
    check(
        &["--version"],
        expect![[r#"
        ironbridge 0.1.0
        --- stderr
        --- exit 0
    "#]],
    );
}

#[test]
fn help_lists_the_commands() {
    check(
        &["--help"],
        expect![[r#"
            One Rust core for AI coding: a gateway for every model dialect

            Usage: ironbridge [OPTIONS] <COMMAND>

            Commands:
              start        Run the gateway
              dashboard    Serve the dashboard alone, without a gateway
              top          Show the live board of a running gateway in the terminal
              auth         Log in to Copilot or Anthropic
              check-usage  Show what is left of Copilot's quotas
              key          Make, list, rotate and revoke the keys of the gateway's clients
              ledger       Copy the ledger, price it anew, or take it elsewhere
              tokens       Count the tokens of files
              run          Let the agent do a task in this folder, without a terminal
              session      List, export, rename, fork and remove the agent's sessions
              tool         Run a tool of the agent: JSON on stdin, JSON on stdout
              acp          Run the agent for an editor, over stdin and stdout
              mcp          Offer the tools to any MCP client, over stdin and stdout
              doctor       Check config, files, port, network, clock and logins
              debug        Show the version and where everything is kept
              completions  Print completions for a shell

            Options:
                  --config <FILE>
                      Read this config file [default: config.toml in the config folder]

                      The config folder is IRONBRIDGE_HOME, else the platform's (~/.config/ironbridge on Linux).

                  --data-dir <DIR>
                      Keep data in this folder [default: the data folder]

                      The data folder is IRONBRIDGE_HOME, else the platform's (~/.local/share/ironbridge on
                      Linux).

              -v, --verbose
                      Log bodies and every chunk of a stream, secrets masked

                      The same as --log-level debug.

                  --log-level <LEVEL>
                      Log to stderr from this level on [default: info]

                      Wins over --verbose.

                      [possible values: off, error, warn, info, debug, trace]

              -h, --help
                      Print help (see a summary with '-h')

              -V, --version
                      Print version
            --- stderr
            --- exit 0
        "#]],
    );
}

#[test]
fn help_of_start() {
    check(
        &["start", "-h"],
        expect![[r#"
            Run the gateway

            Usage: ironbridge start [OPTIONS]

            Options:
              -p, --port <PORT>           Listen on this port [default: that of server.listen, 4141]
                  --host <IP>             Listen on this address [default: that of server.listen, 127.0.0.1]
                  --offline               Serve every model name with the built-in model
              -a, --account-type <TYPE>   The kind of your Copilot account [default: account_type of the
                                          provider, individual] [possible values: individual, business,
                                          enterprise]
              -g, --github-token <TOKEN>  Use Copilot with this GitHub token, instead of a login
                  --show-token            Show Copilot's tokens when they are fetched
                  --manual                Ask in the terminal before each request is sent on
              -r, --rate-limit <SECONDS>  Let a request begin only so many seconds after the last [default:
                                          server.interval, none]
              -w, --wait                  With --rate-limit: let requests wait in order, instead of refusing
                                          them
              -c, --claude-code           Print the command that runs Claude Code on this gateway, and copy it
                  --model <MODEL>         With --claude-code: the model
                  --small-model <MODEL>   With --claude-code: the model for small tasks
                  --no-dashboard          Do not serve /dashboard
                  --proxy-env             Reach providers through HTTP_PROXY, HTTPS_PROXY and NO_PROXY
                  --exit-after <SECONDS>  Stop after so many seconds, for scripts
                  --config <FILE>         Read this config file [default: config.toml in the config folder]
                  --data-dir <DIR>        Keep data in this folder [default: the data folder]
              -v, --verbose               Log bodies and every chunk of a stream, secrets masked
                  --log-level <LEVEL>     Log to stderr from this level on [default: info] [possible values:
                                          off, error, warn, info, debug, trace]
              -h, --help                  Print help (see more with '--help')
            --- stderr
            --- exit 0
        "#]],
    );
}

#[test]
#[expect(clippy::too_many_lines, reason = "it is one text")]
fn long_help_of_start() {
    check(
        &["start", "--help"],
        expect![[r#"
            Run the gateway.

            Prints `listening on http://127.0.0.1:4141` once it accepts connections. Ctrl-C or SIGTERM lets
            running exchanges end; a second one does not. A changed config file is taken over while it runs; one
            with mistakes is reported and left alone.

            Usage: ironbridge start [OPTIONS]

            Options:
              -p, --port <PORT>
                      Listen on this port [default: that of server.listen, 4141]

                      0 takes a free one; the real one is printed.

                  --host <IP>
                      Listen on this address [default: that of server.listen, 127.0.0.1]

                  --offline
                      Serve every model name with the built-in model

                      It needs no account and no network, and always gives the same answer. Providers and routes
                      of the config are left out.

              -a, --account-type <TYPE>
                      The kind of your Copilot account [default: account_type of the provider, individual]

                      Decides which of Copilot's servers is asked, where GitHub does not say.

                      [possible values: individual, business, enterprise]

              -g, --github-token <TOKEN>
                      Use Copilot with this GitHub token, instead of a login

                      It is not kept. Other users of this machine can see it in the list of processes: better is
                      `credential = { env = "NAME" }` in the config.

                  --show-token
                      Show Copilot's tokens when they are fetched

                      For the login at GitHub and the short-lived token of the start.

                  --manual
                      Ask in the terminal before each request is sent on

                      One at a time; everything but y refuses it with 403.

              -r, --rate-limit <SECONDS>
                      Let a request begin only so many seconds after the last [default: server.interval, none]

                      One that comes earlier is refused with 429, or waits with --wait. 0 is none.

              -w, --wait
                      With --rate-limit: let requests wait in order, instead of refusing them

              -c, --claude-code
                      Print the command that runs Claude Code on this gateway, and copy it

                      Asks for the two models that Claude Code uses, unless --model and --small-model name them.

                  --model <MODEL>
                      With --claude-code: the model

                  --small-model <MODEL>
                      With --claude-code: the model for small tasks

                  --no-dashboard
                      Do not serve /dashboard

                  --proxy-env
                      Reach providers through HTTP_PROXY, HTTPS_PROXY and NO_PROXY

                      Without it these variables are not looked at.

                  --exit-after <SECONDS>
                      Stop after so many seconds, for scripts

                  --config <FILE>
                      Read this config file [default: config.toml in the config folder]

                      The config folder is IRONBRIDGE_HOME, else the platform's (~/.config/ironbridge on Linux).

                  --data-dir <DIR>
                      Keep data in this folder [default: the data folder]

                      The data folder is IRONBRIDGE_HOME, else the platform's (~/.local/share/ironbridge on
                      Linux).

              -v, --verbose
                      Log bodies and every chunk of a stream, secrets masked

                      The same as --log-level debug.

                  --log-level <LEVEL>
                      Log to stderr from this level on [default: info]

                      Wins over --verbose.

                      [possible values: off, error, warn, info, debug, trace]

              -h, --help
                      Print help (see a summary with '-h')
            --- stderr
            --- exit 0
        "#]],
    );
}

#[test]
fn help_of_tokens() {
    check(
        &["tokens", "--help"],
        expect![[r#"
            Count the tokens of files.

            Says for each whether the number is exact or an estimate. Without a file, or for `-`, stdin is
            counted.

            Usage: ironbridge tokens [OPTIONS] [FILE]...

            Arguments:
              [FILE]...
                      The files to count; - is stdin [default: -]

            Options:
                  --model <MODEL>
                      Count as this model does
          
                      For models with an open vocabulary the tokenizer.json is looked for in the config
                      ([[tokenizer]]) and in the local Hugging Face cache; without one the number is an
                      estimate.

                  --encoding <ENCODING>
                      Count with this encoding, whatever the model [default: o200k_base, where no model is
                      given]
          
                      [possible values: o200k_base, cl100k_base, p50k_base, p50k_edit, r50k_base]

                  --config <FILE>
                      Read this config file [default: config.toml in the config folder]
          
                      The config folder is IRONBRIDGE_HOME, else the platform's (~/.config/ironbridge on Linux).

                  --data-dir <DIR>
                      Keep data in this folder [default: the data folder]
          
                      The data folder is IRONBRIDGE_HOME, else the platform's (~/.local/share/ironbridge on
                      Linux).

              -v, --verbose
                      Log bodies and every chunk of a stream, secrets masked
          
                      The same as --log-level debug.

                  --log-level <LEVEL>
                      Log to stderr from this level on [default: info]
          
                      Wins over --verbose.
          
                      [possible values: off, error, warn, info, debug, trace]

              -h, --help
                      Print help (see a summary with '-h')
            --- stderr
            --- exit 0
        "#]],
    );
}

#[test]
fn no_command() {
    check(
        &[],
        expect![[r#"
            --- stderr
            One Rust core for AI coding: a gateway for every model dialect

            Usage: ironbridge [OPTIONS] <COMMAND>

            Commands:
              start        Run the gateway
              dashboard    Serve the dashboard alone, without a gateway
              top          Show the live board of a running gateway in the terminal
              auth         Log in to Copilot or Anthropic
              check-usage  Show what is left of Copilot's quotas
              key          Make, list, rotate and revoke the keys of the gateway's clients
              ledger       Copy the ledger, price it anew, or take it elsewhere
              tokens       Count the tokens of files
              run          Let the agent do a task in this folder, without a terminal
              session      List, export, rename, fork and remove the agent's sessions
              tool         Run a tool of the agent: JSON on stdin, JSON on stdout
              acp          Run the agent for an editor, over stdin and stdout
              mcp          Offer the tools to any MCP client, over stdin and stdout
              doctor       Check config, files, port, network, clock and logins
              debug        Show the version and where everything is kept
              completions  Print completions for a shell

            Options:
                  --config <FILE>      Read this config file [default: config.toml in the config folder]
                  --data-dir <DIR>     Keep data in this folder [default: the data folder]
              -v, --verbose            Log bodies and every chunk of a stream, secrets masked
                  --log-level <LEVEL>  Log to stderr from this level on [default: info] [possible values: off,
                                       error, warn, info, debug, trace]
              -h, --help               Print help (see more with '--help')
              -V, --version            Print version
            error: no command is given
            hint: `ironbridge start --offline` needs no account
            --- exit 2
        "#]],
    );
}

#[test]
fn wrong_command_lines() {
    check(
        &["strat"],
        expect![[r#"
        --- stderr
        error: unrecognized subcommand 'strat'
        hint: a similar subcommand exists: 'start'
        hint: usage: ironbridge [OPTIONS] <COMMAND>
        --- exit 2
    "#]],
    );
    check(
        &["start", "--prot", "1"],
        expect![[r#"
        --- stderr
        error: unexpected argument '--prot' found
        hint: a similar argument exists: '--port'
        hint: usage: ironbridge start --port <PORT>
        --- exit 2
    "#]],
    );
    check(
        &["start", "--port", "99999"],
        expect![[r#"
        --- stderr
        error: invalid value '99999' for '--port <PORT>': 99999 is not in 0..=65535
        --- exit 2
    "#]],
    );
    check(
        &["start", "--port"],
        expect![[r#"
        --- stderr
        error: a value is required for '--port <PORT>' but none was supplied
        --- exit 2
    "#]],
    );
}

#[test]
fn wrong_values() {
    check(
        &["start", "--host", "example.com"],
        expect![[r#"
        --- stderr
        error: invalid value 'example.com' for '--host <IP>': 127.0.0.1 serves this machine only, 0.0.0.0 every interface
        --- exit 2
    "#]],
    );
    check(
        &["start", "--exit-after", "-1"],
        expect![[r#"
        --- stderr
        error: unexpected argument '-1' found
        hint: usage: ironbridge start [OPTIONS]
        --- exit 2
    "#]],
    );
    check(
        &["start", "extra"],
        expect![[r#"
        --- stderr
        error: unexpected argument 'extra' found
        hint: usage: ironbridge start [OPTIONS]
        --- exit 2
    "#]],
    );
    check(
        &["tokens", "--encoding", "o200k"],
        expect![[r#"
        --- stderr
        error: invalid value 'o200k' for '--encoding <ENCODING>' [possible values: o200k_base, cl100k_base, p50k_base, p50k_edit, r50k_base]
        hint: a similar value exists: 'o200k_base'
        --- exit 2
    "#]],
    );
    check(
        &["completions"],
        expect![[r#"
        --- stderr
        error: the following required arguments were not provided: <SHELL>
        hint: usage: ironbridge completions <SHELL>
        --- exit 2
    "#]],
    );
    check(
        &["completions", "tcsh"],
        expect![[r#"
        --- stderr
        error: invalid value 'tcsh' for '<SHELL>' [possible values: bash, elvish, fish, powershell, zsh]
        hint: a similar value exists: 'zsh'
        --- exit 2
    "#]],
    );
}
