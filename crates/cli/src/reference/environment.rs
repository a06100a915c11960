//! `environment.md`.

use super::{heading, row, sentences, table};
use crate::environment::VARIABLES;

pub(super) fn page() -> String {
    let about = "The config file and the flags win over these. Besides them only the variables that the config file names \
                 for its secrets are read.";
    let mut page = heading("Environment variables", about);
    page.push_str(&table(&["Variable", "Value", "What it does"]));
    for variable in VARIABLES {
        let name = format!("`{}`", variable.name);
        let does = sentences(variable.about, variable.details);
        page.push_str(&row(&[&name, variable.value, &does]));
    }
    page
}
