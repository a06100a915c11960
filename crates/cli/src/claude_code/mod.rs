//! `start --claude-code`: the command that runs Claude Code on this gateway.

mod clipboard;
mod shell;

use std::fmt::Write as _;

use crate::arguments::ClaudeCodeModels;
use crate::error::Error;
use crate::output;
use crate::own_gateway::OwnGateway;
use crate::terminal::Terminal;
use clipboard::{Copied, copy};
use shell::Shell;

/// What Claude Code is given where the gateway asks for no key: it insists on a token.
const NO_KEY: &str = "dummy";

/// Stands where the user's own client key belongs. The gateway could not fill it in: it keeps only hashes of keys.
const KEY_PLACEHOLDER: &str = "<your ib_… key>";

/// Prints and copies the command for a gateway; asks for the models that are not named.
///
/// # Errors
/// Nobody names the models, or stdout is closed.
pub(crate) async fn offer(
    models: ClaudeCodeModels,
    gateway: &OwnGateway,
    terminal: &Terminal,
) -> Result<(), Error> {
    let (model, small_model) = match (models.model, models.small_model) {
        (Some(model), Some(small_model)) => (model, small_model),
        (model, small_model) => {
            let listed = show_list(gateway).await;
            let model = match model {
                Some(model) => model,
                None => choose("model", &listed, listed.first(), terminal).await?,
            };
            let small_model = match small_model {
                Some(small_model) => small_model,
                None => choose("model for small tasks", &listed, Some(&model), terminal).await?,
            };
            (model, small_model)
        }
    };
    let wants_key = gateway.wants_client_key();
    let token = if wants_key { KEY_PLACEHOLDER } else { NO_KEY };
    let variables = variables(gateway.base_url(), token, &model, &small_model);
    let command = Shell::of_user().command(&variables, "claude");
    if wants_key {
        output::message(&format!(
            "hint: put a client key in place of {KEY_PLACEHOLDER}; `ironbridge key new` makes one\n"
        ));
    }
    output::result(&format!("{command}\n"))?;
    match copy(&command).await {
        Some(Copied::Clipboard) => output::message("copied to the clipboard\n"),
        Some(Copied::Terminal) => output::message("sent to the terminal's clipboard\n"),
        None => {}
    }
    Ok(())
}

/// What Claude Code reads.
fn variables<'a>(
    base_url: &'a str,
    token: &'a str,
    model: &'a str,
    small_model: &'a str,
) -> [(&'static str, &'a str); 8] {
    [
        ("ANTHROPIC_BASE_URL", base_url),
        ("ANTHROPIC_AUTH_TOKEN", token),
        ("ANTHROPIC_MODEL", model),
        ("ANTHROPIC_DEFAULT_SONNET_MODEL", model),
        ("ANTHROPIC_SMALL_FAST_MODEL", small_model),
        ("ANTHROPIC_DEFAULT_HAIKU_MODEL", small_model),
        ("DISABLE_NON_ESSENTIAL_MODEL_CALLS", "1"),
        ("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "1"),
    ]
}

/// Shows the gateway's models with their numbers.
async fn show_list(gateway: &OwnGateway) -> Vec<String> {
    let models = gateway.models().await;
    let mut text = String::new();
    let width = models.len().to_string().len();
    for (index, model) in models.iter().enumerate() {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{:>width$}  {model}", index + 1);
    }
    output::message(&text);
    models
}

/// Asks until a number of the list or a name is given.
async fn choose(
    what: &str,
    listed: &[String],
    default: Option<&String>,
    terminal: &Terminal,
) -> Result<String, Error> {
    let range = if listed.is_empty() { "name" } else { "number or name" };
    let or = default.map(|default| format!(", Enter for {default}")).unwrap_or_default();
    loop {
        let Some(answer) = terminal.ask(&format!("{what} ({range}{or}): ")).await else {
            output::message("\n");
            return Err(Error::failure(format!("no {what} was named for Claude Code"))
                .hint("--model and --small-model name them without a question"));
        };
        match chosen(&answer, listed, default) {
            Ok(model) => return Ok(model),
            Err(why) => output::message(&format!("{why}\n")),
        }
    }
}

fn chosen(answer: &str, listed: &[String], default: Option<&String>) -> Result<String, String> {
    let answer = answer.trim();
    if answer.is_empty() {
        return default.cloned().ok_or_else(|| "a name is needed".to_owned());
    }
    match answer.parse::<usize>() {
        Ok(number) => number
            .checked_sub(1)
            .and_then(|index| listed.get(index).cloned())
            .ok_or_else(|| format!("there is no number {number}")),
        Err(_) => Ok(answer.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_chosen_by_number_or_name() {
        let listed = ["a".to_owned(), "b".to_owned()];
        let chosen = |answer| chosen(answer, &listed, listed.first());
        assert_eq!(chosen("2"), Ok("b".to_owned()));
        assert_eq!(chosen(""), Ok("a".to_owned()));
        // Any name is served; the list need not have it.
        assert_eq!(chosen(" claude-x "), Ok("claude-x".to_owned()));
        for number in ["0", "3", "18446744073709551615"] {
            assert!(chosen(number).is_err(), "{number}");
        }
        assert!(super::chosen("", &[], None).is_err());
    }
}
