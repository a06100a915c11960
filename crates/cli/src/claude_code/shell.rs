//! A command line with variables, as each shell wants it written.

use crate::environment::{self, SHELL};

/// The shells that Claude Code is started from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shell {
    /// bash, zsh, sh and all that write `export NAME=value`.
    Posix,
    Fish,
    /// Microsoft's PowerShell.
    Power,
    /// Windows' `cmd`.
    Cmd,
}

impl Shell {
    /// The one that the user works in, as far as its variables tell.
    pub(super) fn of_user() -> Self {
        let windows = cfg!(windows);
        Shell::of(environment::variable(SHELL).as_deref(), windows, || {
            // Only cmd sets it.
            environment::variable(environment::PROMPT).is_some()
        })
    }

    fn of(program: Option<&str>, windows: bool, in_cmd: impl FnOnce() -> bool) -> Self {
        let name = program.and_then(|path| path.rsplit(['/', '\\']).next()).unwrap_or_default();
        match name.trim_end_matches(".exe") {
            "fish" => Shell::Fish,
            "pwsh" | "powershell" => Shell::Power,
            "" if windows && in_cmd() => Shell::Cmd,
            "" if windows => Shell::Power,
            _ => Shell::Posix,
        }
    }

    /// One line that sets `variables` and runs `program`.
    pub(super) fn command(self, variables: &[(&str, &str)], program: &str) -> String {
        let each = |write: fn(&str, &str) -> String| {
            variables.iter().map(|(name, value)| write(name, value)).collect::<Vec<_>>()
        };
        match self {
            Shell::Posix => {
                let set = each(|name, value| format!("{name}={}", quoted(value, r"'\''")));
                format!("export {} && {program}", set.join(" "))
            }
            Shell::Fish => {
                let set = each(|name, value| {
                    // Within its quotes fish reads backslashes, too.
                    format!("set -gx {name} {}; ", quoted(&value.replace('\\', r"\\"), r"\'"))
                });
                format!("{}{program}", set.concat())
            }
            Shell::Power => {
                let set =
                    each(|name, value| format!("$env:{name} = '{}'; ", value.replace('\'', "''")));
                format!("{}{program}", set.concat())
            }
            Shell::Cmd => {
                let set = each(|name, value| format!("set \"{name}={value}\" & "));
                format!("{}{program}", set.concat())
            }
        }
    }
}

/// A word in single quotes, unless it means itself in every shell.
fn quoted(word: &str, quote: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:@".contains(&byte);
    if !word.is_empty() && word.bytes().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', quote))
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(shell: Shell, expected: Expect) {
        let variables = [("URL", "http://127.0.0.1:4141"), ("MODEL", "it's $5 \\ \"x\"")];
        expected.assert_eq(&shell.command(&variables, "claude"));
    }

    #[test]
    fn each_shell_has_its_own_words_and_quotes() {
        check(
            Shell::Posix,
            expect![[r#"export URL=http://127.0.0.1:4141 MODEL='it'\''s $5 \ "x"' && claude"#]],
        );
        check(
            Shell::Fish,
            expect![[
                r#"set -gx URL http://127.0.0.1:4141; set -gx MODEL 'it\'s $5 \\ "x"'; claude"#
            ]],
        );
        check(
            Shell::Power,
            expect![[
                r#"$env:URL = 'http://127.0.0.1:4141'; $env:MODEL = 'it''s $5 \ "x"'; claude"#
            ]],
        );
        check(
            Shell::Cmd,
            expect![[r#"set "URL=http://127.0.0.1:4141" & set "MODEL=it's $5 \ "x"" & claude"#]],
        );
    }

    #[test]
    fn a_posix_shell_reads_what_was_meant() {
        let wanted = "it's $HOME `x` \\ \"y\" *";
        let line = Shell::Posix.command(&[("MODEL", wanted)], "printf %s \"$MODEL\"");
        let Ok(output) = std::process::Command::new("sh").args(["-c", &line]).output() else {
            return;
        };
        assert_eq!(String::from_utf8_lossy(&output.stdout), wanted);
    }

    #[test]
    fn the_shell_is_found_by_its_program() {
        let cases = [
            (Some("/bin/bash"), false, false, Shell::Posix),
            (Some("/usr/bin/zsh"), false, false, Shell::Posix),
            (Some("/opt/homebrew/bin/fish"), false, false, Shell::Fish),
            (Some(r"C:\Program Files\PowerShell\pwsh.exe"), true, false, Shell::Power),
            (Some(r"C:\Program Files\Git\usr\bin\bash.exe"), true, true, Shell::Posix),
            (None, true, true, Shell::Cmd),
            (None, true, false, Shell::Power),
            (None, false, false, Shell::Posix),
        ];
        for (program, windows, in_cmd, shell) in cases {
            assert_eq!(Shell::of(program, windows, || in_cmd), shell, "{program:?}");
        }
    }
}
