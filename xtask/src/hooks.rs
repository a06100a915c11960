//! `hooks`: installs the git pre-commit hook.

use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::process::{self, QUICK};
use crate::workspace::{git, root};

const HOOK: &str = "#!/bin/sh\n# Installed by `cargo xtask hooks`.\nexec cargo xtask pre-commit\n";

/// Writes the hook where git looks for it; somebody else's hook is left alone.
pub(crate) fn run(_arguments: &[String]) -> Result<()> {
    let root = root()?;
    let bytes = process::capture(git(&root).args(["rev-parse", "--git-path", "hooks"]), QUICK)?;
    let folder = root.join(String::from_utf8(bytes)?.trim());
    install(&folder)?;
    println!("installed {}", folder.join("pre-commit").display());
    Ok(())
}

fn install(folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder)?;
    let file = folder.join("pre-commit");
    if let Ok(there) = std::fs::read_to_string(&file)
        && !there.contains("cargo xtask")
    {
        bail!(
            "{} is another hook\nhint: add the line `cargo xtask pre-commit` to it",
            file.display()
        );
    }
    std::fs::write(&file, HOOK).with_context(|| format!("cannot write {}", file.display()))?;
    make_executable(&file)
}

#[cfg(unix)]
fn make_executable(file: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o755))?;
    Ok(())
}

#[cfg(not(unix))]
fn make_executable(_file: &Path) -> Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hook_is_installed_twice_but_never_over_another() {
        let folder = tempfile::tempdir().unwrap();
        install(folder.path()).unwrap();
        install(folder.path()).unwrap();
        let file = folder.path().join("pre-commit");
        assert_eq!(std::fs::read_to_string(&file).unwrap(), HOOK);
        std::fs::write(&file, "#!/bin/sh\nmake lint\n").unwrap();
        assert!(install(folder.path()).is_err());
    }
}
