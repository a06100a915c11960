//! Where the config file and the data are.

use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;

use crate::arguments::Global;
use crate::environment::{IRONBRIDGE_HOME, variable};

/// The folder's name below the platform's own.
const NAME: &str = "ironbridge";

/// The config folder: `IRONBRIDGE_HOME`, else the platform's (`~/.config/ironbridge` on Linux). `None` for a user
/// without a home.
pub(crate) fn config() -> Option<PathBuf> {
    home().or_else(|| Some(platform()?.config_dir().join(NAME)))
}

/// The data folder: `IRONBRIDGE_HOME`, else the platform's (`~/.local/share/ironbridge` on Linux). `None` for a user
/// without a home.
pub(crate) fn data() -> Option<PathBuf> {
    home().or_else(|| Some(platform()?.data_dir().join(NAME)))
}

/// The platform's own config folder, whatever `IRONBRIDGE_HOME` says: that of other programs, too.
pub(crate) fn platform_config() -> Option<PathBuf> {
    Some(platform()?.config_dir())
}

/// The data folder of this command line: `--data-dir`, else [`data`].
pub(crate) fn data_of(global: &Global) -> Option<PathBuf> {
    global.data_dir.clone().or_else(data)
}

/// The folder in which programs keep what they can fetch again (`~/.cache` on Linux and, by Hugging Face's own
/// convention, everywhere).
pub(crate) fn hugging_face_cache() -> Option<PathBuf> {
    use crate::environment::{HF_HOME, HF_HUB_CACHE};
    if let Some(cache) = variable(HF_HUB_CACHE) {
        return Some(cache.into());
    }
    let home = || Some(platform()?.home_dir().join(".cache/huggingface"));
    Some(variable(HF_HOME).map(PathBuf::from).or_else(home)?.join("hub"))
}

/// The user's home folder as text: what `~` in a command stands for.
pub(crate) fn home_folder() -> Option<String> {
    etcetera::home_dir().ok()?.into_os_string().into_string().ok()
}

fn home() -> Option<PathBuf> {
    variable(IRONBRIDGE_HOME).map(PathBuf::from)
}

fn platform() -> Option<impl BaseStrategy> {
    etcetera::base_strategy::choose_native_strategy().ok()
}

/// A path as the user would write it: relative to where they stand or to their home, if it lies below.
pub(crate) fn shown(path: &Path) -> String {
    let below = |folder: Option<PathBuf>| {
        let below = path.strip_prefix(folder?).ok()?;
        below.file_name().is_some().then(|| below.to_path_buf())
    };
    let here = below(std::env::current_dir().ok());
    let home = || below(etcetera::home_dir().ok()).map(|path| Path::new("~").join(path));
    here.or_else(home).unwrap_or_else(|| path.to_path_buf()).display().to_string()
}
