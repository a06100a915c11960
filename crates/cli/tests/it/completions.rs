//! Completions for each shell.

use crate::command::Home;

#[test]
fn every_shell_learns_the_commands_and_flags() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let seen = Home::new().run(&["completions", shell], "");
        assert!(seen.ends_with("--- stderr\n--- exit 0\n"), "{shell}");
        for word in ["start", "tokens", "exit-after", "o200k_base", "log-level"] {
            assert!(seen.contains(word), "{shell} has no {word}");
        }
    }
}
