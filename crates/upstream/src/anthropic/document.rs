//! The file of one credential, as the earlier proxy wrote it (reference gateway.md §3.3).
//!
//! ```json
//! {"type": "oauth", "accountId": "acc_1", "client_api_key": "…",
//!  "oauth": {"accessToken": "…", "refreshToken": "…", "expiresAt": 1767225600000, "scopes": ["user:inference"], "isMax": true}}
//! ```
//!
//! or `{"type": "api_key", "api_key": "…"}`. What is not known here is kept when tokens are written back.

use crate::secret::Secret;
use serde_json::{Map, Value, json};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The tokens of one login.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnthropicTokens {
    /// Sent as `authorization: Bearer`.
    pub access: Secret,
    /// Exchanged for a new access token; `None`: only a new login brings one.
    pub refresh: Option<Secret>,
    /// When the access token is over, by this machine's clock; to the millisecond.
    pub expires_at: SystemTime,
    /// What they allow; empty: not known.
    pub scopes: Vec<String>,
    /// Whether the account is a subscription; `None`: not known.
    pub is_max: Option<bool>,
}

/// A credential's JSON, with all its members. `Debug` shows none of them.
#[derive(Clone, PartialEq)]
pub(crate) struct CredentialDocument(Map<String, Value>);

/// What a credential is good for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum CredentialKind {
    ApiKey(Secret),
    Oauth(AnthropicTokens),
}

impl std::fmt::Debug for CredentialDocument {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CredentialDocument(****)")
    }
}

impl CredentialDocument {
    /// A document of a login and nothing else, once [`set_tokens`](Self::set_tokens) was called.
    pub(crate) fn oauth() -> Self {
        let mut members = Map::new();
        members.insert("type".to_owned(), json!("oauth"));
        CredentialDocument(members)
    }

    /// Reads a file's text; the error says what is wrong and repeats nothing of it.
    pub(crate) fn read(text: &Secret) -> Result<Self, String> {
        match serde_json::from_str(text.reveal()) {
            Ok(Value::Object(members)) => Ok(CredentialDocument(members)),
            Ok(_) => Err("it is not a JSON object".to_owned()),
            Err(error) => Err(error.to_string()),
        }
    }

    /// The text to write.
    pub(crate) fn write(&self) -> Secret {
        Secret::new(format!("{:#}\n", Value::Object(self.0.clone())))
    }

    /// What it is good for.
    pub(crate) fn kind(&self) -> Result<CredentialKind, String> {
        match self.0.get("type").and_then(Value::as_str) {
            Some("api_key") => Ok(CredentialKind::ApiKey(secret(&self.0, "api_key")?)),
            Some("oauth") => self.tokens().map(CredentialKind::Oauth),
            Some(_) => Err("its \"type\" is neither \"api_key\" nor \"oauth\"".to_owned()),
            None => Err("it has no \"type\"".to_owned()),
        }
    }

    fn tokens(&self) -> Result<AnthropicTokens, String> {
        let Some(Value::Object(oauth)) = self.0.get("oauth") else {
            return Err("it has no object \"oauth\"".to_owned());
        };
        let expires_at = oauth
            .get("expiresAt")
            .and_then(milliseconds)
            .and_then(|time| UNIX_EPOCH.checked_add(time))
            .ok_or("its \"expiresAt\" is not a time in milliseconds since 1970")?;
        let scopes = oauth.get("scopes").and_then(Value::as_array).into_iter().flatten();
        Ok(AnthropicTokens {
            access: secret(oauth, "accessToken")?,
            refresh: secret(oauth, "refreshToken").ok(),
            expires_at,
            scopes: scopes.filter_map(Value::as_str).map(str::to_owned).collect(),
            is_max: oauth.get("isMax").and_then(Value::as_bool),
        })
    }

    /// Puts tokens in place of those that are there; every other member stays, also within `oauth`.
    pub(crate) fn set_tokens(&mut self, tokens: &AnthropicTokens) {
        self.0.insert("type".to_owned(), json!("oauth"));
        let oauth = self.0.entry("oauth").or_insert_with(|| json!({}));
        if !oauth.is_object() {
            *oauth = json!({});
        }
        oauth["accessToken"] = json!(tokens.access.reveal());
        if let Some(refresh) = &tokens.refresh {
            oauth["refreshToken"] = json!(refresh.reveal());
        } else if let Some(oauth) = oauth.as_object_mut() {
            oauth.shift_remove("refreshToken");
        }
        let since_1970 = tokens.expires_at.duration_since(UNIX_EPOCH).unwrap_or_default();
        oauth["expiresAt"] = json!(u64::try_from(since_1970.as_millis()).unwrap_or(u64::MAX));
        if !tokens.scopes.is_empty() {
            oauth["scopes"] = json!(tokens.scopes);
        }
        if let Some(is_max) = tokens.is_max {
            oauth["isMax"] = json!(is_max);
        }
    }

    /// The id of the account that usage is counted for.
    pub(crate) fn account_id(&self) -> Option<String> {
        self.0.get("accountId").and_then(Value::as_str).map(str::to_owned)
    }

    /// The key that clients of the domain must show.
    pub(crate) fn client_api_key(&self) -> Option<Secret> {
        secret(&self.0, "client_api_key").ok()
    }
}

/// A time as JavaScript writes it: maybe with a fraction.
fn milliseconds(value: &Value) -> Option<Duration> {
    match (value.as_u64(), value.as_f64()) {
        (Some(whole), _) => Some(Duration::from_millis(whole)),
        (None, Some(number)) => Duration::try_from_secs_f64(number / 1000.0).ok(),
        (None, None) => None,
    }
}

fn secret(members: &Map<String, Value>, name: &str) -> Result<Secret, String> {
    let text = members.get(name).and_then(Value::as_str).map(str::trim);
    match text.filter(|text| !text.is_empty()) {
        Some(text) => Ok(Secret::new(text)),
        None => Err(format!("it has no \"{name}\"")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(text: &str, expected: Expect) {
        let kind = CredentialDocument::read(&Secret::new(text)).and_then(|read| read.kind());
        expected.assert_eq(&match kind {
            Ok(kind) => format!("{kind:?}"),
            Err(reason) => format!("ERROR {reason}"),
        });
    }

    #[test]
    fn both_kinds_are_read() {
        check(r#"{"type":"api_key","api_key":" sk "}"#, expect!["ApiKey(****)"]);
        check(
            r#"{"type":"oauth","oauth":{"accessToken":"a","refreshToken":"r","expiresAt":1767225600123,"scopes":["s"],"isMax":true}}"#,
            expect![[
                r#"Oauth(AnthropicTokens { access: ****, refresh: Some(****), expires_at: SystemTime { tv_sec: 1767225600, tv_nsec: 123000000 }, scopes: ["s"], is_max: Some(true) })"#
            ]],
        );
        check(
            r#"{"type":"oauth","oauth":{"accessToken":"a","expiresAt":0.5}}"#,
            expect![
                "Oauth(AnthropicTokens { access: ****, refresh: None, expires_at: SystemTime { tv_sec: 0, tv_nsec: 500000 }, scopes: [], is_max: None })"
            ],
        );
    }

    #[test]
    fn what_is_wrong_is_said_without_a_secret() {
        check(
            r#"{"type":"api_key","api_key":"sk-secret"#,
            expect!["ERROR EOF while parsing a string at line 1 column 38"],
        );
        check(r#"["sk-secret"]"#, expect!["ERROR it is not a JSON object"]);
        check(r#"{"api_key":"sk-secret"}"#, expect![[r#"ERROR it has no "type""#]]);
        check(
            r#"{"type":"token","api_key":"sk-secret"}"#,
            expect![[r#"ERROR its "type" is neither "api_key" nor "oauth""#]],
        );
        check(r#"{"type":"api_key","api_key":" "}"#, expect![[r#"ERROR it has no "api_key""#]]);
        check(
            r#"{"type":"oauth","oauth":"sk-secret"}"#,
            expect![[r#"ERROR it has no object "oauth""#]],
        );
        check(
            r#"{"type":"oauth","oauth":{"accessToken":"a","expiresAt":"soon"}}"#,
            expect![[r#"ERROR its "expiresAt" is not a time in milliseconds since 1970"#]],
        );
        check(
            r#"{"type":"oauth","oauth":{"accessToken":"a","expiresAt":-1}}"#,
            expect![[r#"ERROR its "expiresAt" is not a time in milliseconds since 1970"#]],
        );
        check(
            r#"{"type":"oauth","oauth":{"expiresAt":1}}"#,
            expect![[r#"ERROR it has no "accessToken""#]],
        );
    }

    #[test]
    fn new_tokens_leave_every_other_member_as_it_was() {
        let text = Secret::new(
            r#"{"slack":{"webhook_url":"https://x","n":1.50},"type":"oauth","client_api_key":"cnp","accountId":"acc_1",
                "oauth":{"extra":[null],"accessToken":"a","refreshToken":"r","expiresAt":1,"isMax":false},"later":{}}"#,
        );
        let mut document = CredentialDocument::read(&text).unwrap();
        document.set_tokens(&AnthropicTokens {
            access: Secret::new("a2"),
            refresh: Some(Secret::new("r2")),
            expires_at: UNIX_EPOCH + Duration::from_millis(1_767_225_600_123),
            scopes: Vec::new(),
            is_max: None,
        });
        expect![[r#"
            {
              "slack": {
                "webhook_url": "https://x",
                "n": 1.5
              },
              "type": "oauth",
              "client_api_key": "cnp",
              "accountId": "acc_1",
              "oauth": {
                "extra": [
                  null
                ],
                "accessToken": "a2",
                "refreshToken": "r2",
                "expiresAt": 1767225600123,
                "isMax": false
              },
              "later": {}
            }
        "#]]
        .assert_eq(document.write().reveal());
        assert_eq!(document.account_id().as_deref(), Some("acc_1"));
        assert_eq!(document.client_api_key(), Some(Secret::new("cnp")));
    }
}
