//! What the agent remembers of the user's habits: `preferences.json` in the data folder, apart from the config, which only
//! the user writes.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use ironbridge_upstream::private_file;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::arguments::Global;
use crate::{folders, output};

/// The file's name.
const NAME: &str = "preferences.json";
/// The most that is read of it, in bytes.
const FILE_BYTES_MAX: u64 = 1 << 20;

/// The preferences.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Preferences {
    /// The model that was asked last, as it was named.
    pub(crate) last_model: Option<String>,
    /// What other versions and front ends keep there; it stays.
    #[serde(flatten)]
    other: BTreeMap<String, Value>,
    /// Where they are; `None`: nowhere.
    #[serde(skip)]
    file: Option<PathBuf>,
}

impl Preferences {
    /// Reads them. A file that is damaged is set aside, and said so: nothing of it is worth failing for.
    pub(crate) fn read(global: &Global) -> Self {
        let file = folders::data_of(global).map(|data| data.join(NAME));
        let read = file.as_deref().map(read);
        let mut preferences = match read {
            None => Preferences::default(),
            Some(Ok(preferences)) => preferences,
            Some(Err(error)) if error.kind() == io::ErrorKind::NotFound => Preferences::default(),
            Some(Err(error)) => {
                set_aside(file.as_deref(), &error);
                Preferences::default()
            }
        };
        preferences.file = file;
        preferences
    }

    /// Remembers the model that is asked. A failure is told and is no failure of the command.
    pub(crate) fn remember_model(&mut self, model: &str) {
        if self.last_model.as_deref() == Some(model) {
            return;
        }
        self.last_model = Some(model.to_owned());
        let Some(file) = &self.file else { return };
        let unfinished = file.with_extension(format!("{}.tmp", std::process::id()));
        let written = serde_json::to_vec_pretty(&self)
            .map_err(io::Error::from)
            .and_then(|text| private_file::replace(file, &unfinished, &text));
        if let Err(error) = written {
            tracing::warn!(%error, "preferences cannot be kept");
        }
    }
}

fn read(file: &Path) -> io::Result<Preferences> {
    if fs::metadata(file)?.len() > FILE_BYTES_MAX {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "it is over 1 MiB"));
    }
    Ok(serde_json::from_slice(&fs::read(file)?)?)
}

fn set_aside(file: Option<&Path>, why: &io::Error) {
    let Some(file) = file else { return };
    let aside = file.with_extension("json.damaged");
    let what = match fs::rename(file, &aside) {
        Ok(()) => format!("it is now {}", folders::shown(&aside)),
        Err(error) => format!("it could not be set aside: {error}"),
    };
    output::message(&format!("warning: {} cannot be read ({why}); {what}\n", folders::shown(file)));
}
