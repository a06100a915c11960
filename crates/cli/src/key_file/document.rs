//! The file's content: JSON, times in seconds since 1970.

use std::collections::HashSet;
use std::time::{Duration, SystemTime};

use ironbridge_gateway::{ClientKey, FormerSecret, KeyLimits, ModelGlobs, SecretHash};
use ironbridge_ledger::AllowanceError;
use serde::{Deserialize, Serialize};

/// A member that we do not know may be a restriction of a later version: it must not be passed over.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    keys: Vec<Entry>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    id: String,
    name: String,
    secret_sha256: String,
    created: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    former: Option<Former>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    models: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    paths: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    project: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    requests_per_minute: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tokens_per_minute: Option<u64>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    budgets: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    domain: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expires: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    revoked: Option<u64>,
}

/// The secret before, and until when it is known.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Former {
    secret_sha256: String,
    until: u64,
}

/// The keys of a file; or what is wrong with it, without repeating it.
pub(super) fn read(text: &str) -> Result<Vec<ClientKey>, String> {
    let document: Document = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let mut ids = HashSet::new();
    let mut keys = Vec::with_capacity(document.keys.len());
    for entry in document.keys {
        if !ids.insert(entry.id.clone()) {
            return Err(format!("two keys have the id {}", entry.id));
        }
        keys.push(key(&entry)?);
    }
    Ok(keys)
}

/// One key as a document of its own, and back: so it is kept in the ledger.
pub(super) fn write_one(key: &ClientKey) -> String {
    serde_json::to_string(&entry(key)).expect("numbers, texts and lists are JSON")
}

/// See [`write_one`].
pub(super) fn read_one(text: &str) -> Result<ClientKey, String> {
    key(&serde_json::from_str(text).map_err(|error| error.to_string())?)
}

/// The file's text for these keys.
pub(super) fn write(keys: &[ClientKey]) -> String {
    let document = Document { keys: keys.iter().map(entry).collect() };
    let text = serde_json::to_string_pretty(&document);
    let mut text = text.expect("numbers, texts and lists are JSON");
    text.push('\n');
    text
}

fn key(entry: &Entry) -> Result<ClientKey, String> {
    let wrong = |what: &str| format!("the key {} {what}", entry.id);
    let time = |seconds: u64| {
        SystemTime::UNIX_EPOCH
            .checked_add(Duration::from_secs(seconds))
            .ok_or_else(|| wrong("has a time that is none"))
    };
    let hash = |text: &str| {
        SecretHash::read(text).ok_or_else(|| wrong("has a `secret_sha256` that is no SHA-256"))
    };
    let former = |former: &Former| {
        Ok::<_, String>(FormerSecret {
            hash: hash(&former.secret_sha256)?,
            until: time(former.until)?,
        })
    };
    Ok(ClientKey {
        hash: hash(&entry.secret_sha256)?,
        former: entry.former.as_ref().map(former).transpose()?,
        paths: entry.paths.clone(),
        project: entry.project.clone(),
        models: ModelGlobs::new(entry.models.clone()).map_err(|error| wrong(&error.to_string()))?,
        limits: KeyLimits {
            requests_per_minute: entry.requests_per_minute,
            tokens_per_minute: entry.tokens_per_minute,
        },
        budgets: entry
            .budgets
            .iter()
            .map(|text| text.parse().map_err(|error: AllowanceError| wrong(&error.to_string())))
            .collect::<Result<_, _>>()?,
        expires: entry.expires.map(time).transpose()?,
        created: time(entry.created)?,
        revoked: entry.revoked.map(time).transpose()?,
        domain: entry.domain.clone(),
        name: entry.name.clone(),
        id: entry.id.clone(),
    })
}

fn entry(key: &ClientKey) -> Entry {
    let seconds =
        |time: SystemTime| time.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |d| d.as_secs());
    Entry {
        id: key.id.clone(),
        name: key.name.clone(),
        secret_sha256: key.hash.to_string(),
        created: seconds(key.created),
        former: key.former.map(|former| Former {
            secret_sha256: former.hash.to_string(),
            until: seconds(former.until),
        }),
        paths: key.paths.clone(),
        project: key.project.clone(),
        models: key.models.patterns().to_vec(),
        requests_per_minute: key.limits.requests_per_minute,
        tokens_per_minute: key.limits.tokens_per_minute,
        budgets: key.budgets.iter().map(ToString::to_string).collect(),
        domain: key.domain.clone(),
        expires: key.expires.map(seconds),
        revoked: key.revoked.map(seconds),
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let hash = "0123456789abcdef".repeat(4);
        let least = format!(
            r#"{{"id":"0123456789ab","name":"least","secret_sha256":"{hash}","created":1000}}"#
        );
        let whole = format!(
            r#"{{"id":"ba9876543210","name":"whole","secret_sha256":"{hash}","created":1000,
                "former":{{"secret_sha256":"{hash}","until":1500}},
                "models":["claude-*"],"paths":["/messages"],"project":"house","requests_per_minute":60,"tokens_per_minute":1000,
                "budgets":["20USD/month","100requests/day"],
                "domain":"team.example","expires":2000,"revoked":3000}}"#
        );
        let keys = read(&format!(r#"{{"keys":[{least},{whole}]}}"#)).unwrap();
        assert_eq!(keys[0].limits, KeyLimits::default());
        assert_eq!(keys[1].revoked, Some(SystemTime::UNIX_EPOCH + Duration::from_secs(3000)));
        assert_eq!(read(&write(&keys)).unwrap(), keys);
        for key in &keys {
            assert_eq!(&read_one(&write_one(key)).unwrap(), key);
        }
    }

    fn check(text: &str, expected: Expect) {
        expected.assert_eq(&read(text).unwrap_err());
    }

    #[test]
    fn what_is_no_file_of_keys_is_refused_without_being_repeated() {
        let hash = "0123456789abcdef".repeat(4);
        check("", expect!["EOF while parsing a value at line 1 column 0"]);
        check(
            r#"{"keys":[{"id":"a","name":"n","secret_sha256":"hunter2","created":0}]}"#,
            expect!["the key a has a `secret_sha256` that is no SHA-256"],
        );
        let entry = |more: &str| {
            format!(r#"{{"id":"a","name":"n","secret_sha256":"{hash}","created":0{more}}}"#)
        };
        check(
            &format!(r#"{{"keys":[{},{}]}}"#, entry(""), entry("")),
            expect!["two keys have the id a"],
        );
        check(
            &format!(r#"{{"keys":[{}]}}"#, entry(r#","models":["["]"#)),
            expect!["the key a `[` is not a glob: unclosed character class; missing ']'"],
        );
        check(
            &format!(r#"{{"keys":[{}]}}"#, entry(&format!(r#","expires":{}"#, u64::MAX))),
            expect!["the key a has a time that is none"],
        );
        let later = read(&format!(r#"{{"keys":[{}]}}"#, entry(r#","budget":5"#))).unwrap_err();
        assert!(later.starts_with("unknown field `budget`"), "{later}");
    }
}
