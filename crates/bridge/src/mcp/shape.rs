//! The messages of the protocol, as far as they are read here.
//!
//! Source: the schema of revision 2025-11-25. Earlier revisions differ in nothing that is said here.

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

/// The revisions that are spoken, the newest first.
pub(super) const REVISIONS: [&str; 4] = ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"];

/// There is no such resource.
pub(super) const RESOURCE_NOT_FOUND: i64 = -32002;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Initialize {
    pub(super) protocol_version: String,
    #[serde(default)]
    pub(super) capabilities: ClientCapabilities,
}

#[derive(Default, Deserialize)]
pub(super) struct ClientCapabilities {
    #[serde(default)]
    pub(super) roots: Option<Value>,
}

#[derive(Deserialize)]
pub(super) struct CallTool {
    pub(super) name: String,
    #[serde(default)]
    pub(super) arguments: Option<Box<RawValue>>,
    #[serde(default, rename = "_meta")]
    pub(super) meta: Meta,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Meta {
    #[serde(default)]
    pub(super) progress_token: Option<Value>,
}

#[derive(Deserialize)]
pub(super) struct Page {
    #[serde(default)]
    pub(super) cursor: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct ReadResource {
    pub(super) uri: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Cancelled {
    pub(super) request_id: Value,
}

#[derive(Deserialize)]
pub(super) struct Roots {
    pub(super) roots: Vec<Root>,
}

#[derive(Deserialize)]
pub(super) struct Root {
    pub(super) uri: String,
}
