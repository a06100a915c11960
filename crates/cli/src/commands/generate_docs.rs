//! `ironbridge generate-docs DIR`.

use std::path::Path;

use crate::error::Error;
use crate::reference;

/// Writes every page of `docs/reference` that this binary knows.
pub(crate) fn run(folder: &Path) -> Result<(), Error> {
    let write = || {
        std::fs::create_dir_all(folder)?;
        for (name, text) in reference::pages() {
            std::fs::write(folder.join(name), text)?;
        }
        Ok::<(), std::io::Error>(())
    };
    write().map_err(|error| {
        Error::failure(format!("cannot write to {}", folder.display())).caused_by(&error)
    })
}
