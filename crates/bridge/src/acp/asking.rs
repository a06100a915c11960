//! Questions to the editor's user: may this call go on?

use super::bounds::DIFF_BYTES_MAX;
use super::preview;
use super::shape::{Permission, PermissionOutcome};
use super::tools::{kind, locations, title};
use crate::rpc::Peer;
use ironbridge_agent::Place;
use ironbridge_session::{Answer, Approval, Question as Asked, Scope};
use ironbridge_tools::Scope as Project;
use serde_json::{Value, json};
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

const ALLOW_ONCE: &str = "allow-once";
const ALLOW_ALWAYS: &str = "allow-always";

/// A question on its way to the editor.
pub(super) struct Question {
    pub(super) session: String,
    pub(super) place: Arc<Place>,
    pub(super) approval: Approval,
    /// The arguments of the call.
    pub(super) arguments: Value,
}

impl Question {
    /// Asks, and waits for as long as the user takes. Dropped meanwhile, the answer is not heard.
    pub(super) async fn ask(self, peer: Peer) -> (u64, Answer) {
        let ask = self.approval.ask;
        let (place, tool) = (self.place.clone(), self.approval.tool.clone());
        let arguments = self.arguments.clone();
        let diff = tokio::task::spawn_blocking(move || diff(&place, &tool, &arguments)).await;
        let params = self.params(diff.ok().flatten());
        let answer = match peer.request::<Permission>("session/request_permission", &params).await {
            Ok(Permission { outcome: PermissionOutcome::Selected { option_id } }) => {
                match option_id.as_str() {
                    ALLOW_ONCE => Answer::Allow { scope: Scope::Once },
                    ALLOW_ALWAYS => Answer::Allow { scope: Scope::Session },
                    _ => Answer::Deny { message: None },
                }
            }
            Ok(Permission { outcome: PermissionOutcome::Cancelled }) => Answer::Cancel,
            Err(error) => {
                tracing::warn!(%error, "the editor does not answer a question");
                Answer::Deny { message: Some("nobody could be asked".to_owned()) }
            }
        };
        (ask, answer)
    }

    fn params(&self, diff: Option<Value>) -> Value {
        let Approval { call, tool, why, rules, .. } = &self.approval;
        let why = json!({ "type": "content", "content": { "type": "text", "text": why } });
        let content: Vec<Value> = diff.into_iter().chain([why]).collect();
        let mut options =
            vec![json!({ "optionId": ALLOW_ONCE, "name": "Allow", "kind": "allow_once" })];
        if !rules.is_empty() {
            let patterns: Vec<String> = rules
                .iter()
                .map(|rule| match rule.pattern.as_str() {
                    "*" => rule.permission.clone(),
                    pattern => format!("{} {pattern}", rule.permission),
                })
                .collect();
            let name = format!("Allow in this session: {}", patterns.join(", "));
            options.push(json!({ "optionId": ALLOW_ALWAYS, "name": name, "kind": "allow_always" }));
        }
        options.push(json!({ "optionId": "reject-once", "name": "Reject", "kind": "reject_once" }));
        json!({
            "sessionId": self.session,
            "toolCall": {
                "toolCallId": call,
                "title": title(tool, &self.arguments),
                "kind": kind(tool),
                "status": "pending",
                "content": content,
                "locations": locations(&self.arguments, &self.place.cwd()),
                "rawInput": self.arguments,
            },
            "options": options,
        })
    }
}

/// Puts a question of the model's: the protocol has no form for it but that of a permission, with the answers to choose
/// from as its options.
pub(super) async fn ask_choice(session: String, asked: Asked, peer: Peer) -> (u64, Answer) {
    let choice = |(number, choice): (usize, &ironbridge_session::Choice)| json!({ "optionId": number.to_string(), "name": choice.label, "kind": "allow_once" });
    let mut options: Vec<Value> = asked.options.iter().enumerate().map(choice).collect();
    options.push(json!({ "optionId": "none", "name": "None of these", "kind": "reject_once" }));
    let params = json!({
        "sessionId": session,
        "toolCall": { "toolCallId": asked.call, "title": asked.question, "kind": "other", "status": "pending" },
        "options": options,
    });
    let answer = match peer.request::<Permission>("session/request_permission", &params).await {
        Ok(Permission { outcome: PermissionOutcome::Selected { option_id } }) => {
            let chosen = option_id.parse().ok().and_then(|number: usize| asked.options.get(number));
            match chosen {
                Some(choice) => Answer::Say { text: choice.label.clone() },
                None => Answer::Deny { message: None },
            }
        }
        Ok(Permission { outcome: PermissionOutcome::Cancelled }) => Answer::Cancel,
        Err(error) => {
            tracing::warn!(%error, "the editor does not answer a question");
            Answer::Deny { message: Some("nobody could be asked".to_owned()) }
        }
    };
    (asked.ask, answer)
}

/// What the call would change, for the protocol. Blocking.
fn diff(place: &Place, tool: &str, arguments: &Value) -> Option<Value> {
    if kind(tool) != "edit" {
        return None;
    }
    let path = place.cwd().join(arguments.get("path")?.as_str()?);
    let old = current(place.root(), &path)?;
    let new = preview::after(tool, arguments, old.as_deref())?;
    Some(difference(&path, old.as_deref(), &new))
}

/// A difference as the protocol has it.
pub(super) fn difference(path: &Path, old: Option<&str>, new: &str) -> Value {
    json!({ "type": "diff", "path": path.display().to_string(), "oldText": old, "newText": new })
}

/// What the file holds now: `Some(None)` where there is none, `None` where it cannot be shown.
fn current(root: &Path, path: &Path) -> Option<Option<String>> {
    let location = Project::within(root).ok()?.locate(path).ok()?;
    let file = match location.open_file() {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Some(None),
        Err(_) => return None,
    };
    let metadata = file.metadata().ok()?;
    if !metadata.is_file() || metadata.len() > DIFF_BYTES_MAX as u64 {
        return None;
    }
    let mut text = String::new();
    file.take(DIFF_BYTES_MAX as u64).read_to_string(&mut text).ok()?;
    Some(Some(text))
}
