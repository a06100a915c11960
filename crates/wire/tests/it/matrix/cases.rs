//! The cases of `fixtures/translation`: one file per section, one case per feature.
//!
//! A case says the feature in each dialect that has it, and for every way out of that dialect what arrives and what is
//! noted as changed. The same files are asserted by the tests and printed as `docs/reference/translation.md`.

use serde_json::{Map, Value};
use std::path::PathBuf;

/// What is translated in a section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A request of a client, towards the dialect of an upstream.
    Request,
    /// A whole reply of an upstream, towards the dialect of a client.
    Reply,
    /// A streamed reply of an upstream, towards the dialect of a client.
    Stream,
}

/// One section of the page.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Section {
    /// The name of its file without `.json`.
    pub(crate) file: &'static str,
    /// Its heading.
    pub(crate) title: &'static str,
    /// What it translates.
    pub(crate) kind: Kind,
    text: &'static str,
}

macro_rules! section {
    ($file:literal, $title:literal, $kind:ident) => {
        Section {
            file: $file,
            title: $title,
            kind: Kind::$kind,
            text: include_str!(concat!("../../../../../fixtures/translation/", $file, ".json")),
        }
    };
}

/// Every section in the order of the page.
pub(crate) const SECTIONS: [Section; 7] = [
    section!("conversation", "Requests: conversation", Request),
    section!("media", "Requests: images, documents, sound", Request),
    section!("tools", "Requests: tools", Request),
    section!("reasoning", "Requests: reasoning", Request),
    section!("settings", "Requests: settings", Request),
    section!("replies", "Replies", Reply),
    section!("streams", "Streams", Stream),
];

/// The dialects in the order of the columns.
pub(crate) const DIALECTS: [&str; 3] = ["chat", "responses", "messages"];

/// The six directions in the order of the columns.
pub(crate) fn directions() -> impl Iterator<Item = (&'static str, &'static str)> {
    DIALECTS
        .into_iter()
        .flat_map(|from| DIALECTS.into_iter().map(move |to| (from, to)))
        .filter(|(from, to)| from != to)
}

/// One feature.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    /// Its name, which is the row's.
    pub(crate) feature: String,
    /// The case as it stands in the file.
    pub(crate) document: Map<String, Value>,
}

/// How a dialect says a feature.
pub(crate) enum Said<'c> {
    /// So.
    As(&'c Value),
    /// Not at all, for this reason.
    Never(&'c str),
}

impl Case {
    /// How the feature is said in `dialect`; `None` when the case is silent, which is a mistake.
    pub(crate) fn said(&self, dialect: &str) -> Option<Said<'_>> {
        match self.document.get(dialect)? {
            Value::String(reason) => Some(Said::Never(reason)),
            said => Some(Said::As(said)),
        }
    }

    /// What is expected of a direction.
    pub(crate) fn expected(&self, from: &str, to: &str) -> Option<&Value> {
        self.document.get("expected")?.get(way(from, to))
    }
}

/// The name of a direction in the files.
pub(crate) fn way(from: &str, to: &str) -> String {
    format!("{from} to {to}")
}

impl Section {
    /// The cases in the order of the rows.
    pub(crate) fn cases(&self) -> Vec<Case> {
        let read: Vec<Map<String, Value>> = serde_json::from_str(self.text)
            .unwrap_or_else(|error| panic!("{}: {error}", self.path().display()));
        read.into_iter()
            .map(|document| {
                let feature = document.get("feature").and_then(Value::as_str);
                let feature = feature.expect("every case names its feature").to_owned();
                Case { feature, document }
            })
            .collect()
    }

    /// Where its file is.
    pub(crate) fn path(&self) -> PathBuf {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/translation");
        PathBuf::from(folder).join(self.file).with_extension("json")
    }
}
