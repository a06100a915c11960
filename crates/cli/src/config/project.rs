//! `[[project]]`.

use ironbridge_gateway::ProjectSettings;

use super::key::KeyDefault::{Required, Value, Words};
use super::key::{self, Key, KeyKind};
use super::limit::budgets;
use super::section::Section;
use super::value;

pub(super) const PROJECT: key::Section = key::Section {
    path: "project",
    repeated: true,
    about: "What requests are made for. A request is counted to the project of its client key, else to the one it names \
            in `x-ironbridge-project`, else to the one that has its Host. Names that stand in no `[[project]]` count as \
            well, without a budget.",
    keys: &[
        Key {
            name: "name",
            kind: KeyKind::Name,
            default: Required,
            example: "\"website\"",
            about: "Its name in records.",
            details: "",
        },
        Key {
            name: "domains",
            kind: KeyKind::Hosts,
            default: Value("[]"),
            example: "[\"website.gateway.example.com\"]",
            about: "The Hosts whose requests are its own, where neither key nor header names another project.",
            details: "One that is not loopback must stand in `server.domains` as well.",
        },
        Key {
            name: "budget",
            kind: KeyKind::Text,
            default: Words("no limit"),
            example: "\"200USD/month\"",
            about: "What all its requests may take together: amounts of USD, tokens or requests, in a day or a month \
                    (UTC) or in all.",
            details: "Kept in the ledger, for all gateways on it. See `[budget]`.",
        },
    ],
};

/// One project, or `None` where it is wrong.
pub(super) fn project(section: &Section<'_>) -> Option<ProjectSettings> {
    let name = section.text("name", value::project);
    let domains = section.texts("domains").unwrap_or_default().into_iter();
    let domains = domains.filter_map(|(text, line)| {
        value::host(text).map_err(|wrong| section.wrong(line, "domains", wrong)).ok()
    });
    let domains = domains.collect();
    let budgets = section.text("budget", budgets).unwrap_or_default();
    Some(ProjectSettings { name: name?, domains, budgets })
}
