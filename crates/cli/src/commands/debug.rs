//! `ironbridge debug`: what a report of a fault should say of the installation.

use ironbridge_upstream::{EntryName, Vault};
use serde_json::{Value, json};

use crate::arguments::Global;
use crate::config_file::ConfigFile;
use crate::error::Error;
use crate::{folders, logins, output};

/// The entry of a login to Copilot.
const COPILOT: EntryName = EntryName::from_static("copilot");

/// Prints the version, the platform and the places of everything. Nothing is read but whether a login is there, and no
/// secret is shown.
pub(crate) fn run(json: bool, global: &Global) -> Result<(), Error> {
    let report = report(global);
    if json {
        return output::result(&format!("{report:#}\n"));
    }
    let mut text = String::new();
    lines("", &report, &mut text);
    output::result(&text)
}

/// The report. `runtime`, `APP_DIR`, `GITHUB_TOKEN_PATH` and `tokenExists` are what the earlier gateway's report has, for
/// scripts that read it; a native program is its own runtime.
fn report(global: &Global) -> Value {
    let data = folders::data_of(global);
    let vault = logins::vault(global);
    let token_exists =
        vault.as_ref().is_some_and(|vault| !matches!(vault.load(&COPILOT), Ok(None)));
    let version = env!("CARGO_PKG_VERSION");
    json!({
        "version": version,
        "runtime": {
            "name": "native",
            "version": version,
            "platform": std::env::consts::OS,
            "arch": std::env::consts::ARCH,
        },
        "paths": {
            "APP_DIR": data,
            "GITHUB_TOKEN_PATH": vault.as_deref().map(|vault: &dyn Vault| vault.place(&COPILOT)),
            "config": ConfigFile::find(global).path(),
            "data": data,
            "credentials": logins::folder(global),
        },
        "tokenExists": token_exists,
    })
}

/// `path.to.key  value` for each value.
fn lines(path: &str, value: &Value, text: &mut String) {
    let Value::Object(entries) = value else {
        let shown = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        text.push_str(&format!("{path:<24} {shown}\n"));
        return;
    };
    for (name, value) in entries {
        let dot = if path.is_empty() { "" } else { "." };
        lines(&format!("{path}{dot}{name}"), value, text);
    }
}
