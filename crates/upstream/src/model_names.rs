//! One model under several names: what a client calls it, and what a provider's list calls it.
//!
//! Claude Code asks for `claude-sonnet-4-5-20250929`; Copilot lists `claude-sonnet-4.5`. Names count as the same when
//! they are once case, a date or `-latest` at the end, a `[1m]` suffix, and the sign between digits are left out
//! (reference gateway.md §2.1, §2b).

use crate::models::ModelList;

impl ModelList {
    /// The listed name of the model that a client calls `asked`: exactly that one if it is listed, else the only one
    /// that counts as the same.
    #[must_use]
    pub fn resolve(&self, asked: &str) -> Option<&str> {
        if let Some(exact) = self.get(asked) {
            return Some(&exact.id);
        }
        let wanted = plain(asked);
        let mut same = self.models.iter().filter(|model| plain(&model.id) == wanted);
        let found = same.next()?;
        same.next().is_none().then_some(found.id.as_str())
    }
}

/// A name without what may differ.
fn plain(name: &str) -> String {
    let mut name = name.to_ascii_lowercase().replace(['.', '_'], "-");
    if let Some(rest) = name.strip_suffix("[1m]") {
        name.truncate(rest.len());
    }
    for _ in 0..2 {
        let Some((rest, last)) = name.rsplit_once('-') else { break };
        let date = last.len() == 8 && last.bytes().all(|byte| byte.is_ascii_digit());
        if date || last == "latest" {
            name.truncate(rest.len());
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;
    use ironbridge_wire::models::ModelEntry;

    #[test]
    fn a_model_is_found_under_the_names_its_clients_use() {
        let ids =
            ["claude-sonnet-4.5", "claude-sonnet-4", "gpt-4o", "gpt-4o-2024-11-20", "a.b", "a-b"];
        let list = ModelList { models: ids.into_iter().map(ModelEntry::new).collect() };
        let cases = [
            ("claude-sonnet-4.5", Some("claude-sonnet-4.5")),
            ("claude-sonnet-4-5", Some("claude-sonnet-4.5")),
            ("claude-sonnet-4-5-20250929", Some("claude-sonnet-4.5")),
            ("Claude-Sonnet-4-20250514", Some("claude-sonnet-4")),
            ("claude-sonnet-4-latest", Some("claude-sonnet-4")),
            ("claude-sonnet-4-5[1m]", Some("claude-sonnet-4.5")),
            ("gpt-4o-2024-11-20", Some("gpt-4o-2024-11-20")),
            // Two that would do: better none than the wrong one.
            ("A.B", None),
            ("claude-opus-4", None),
            ("", None),
        ];
        for (asked, expected) in cases {
            assert_eq!(list.resolve(asked), expected, "{asked}");
        }
    }
}
