//! Embeds `dashboard/dist`, where it is there: the binary builds without Node, and says then how to get the page.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let folder =
        Path::new(&env::var("CARGO_MANIFEST_DIR").unwrap_or_default()).join("../../dashboard/dist");
    // A folder that is not there yet is looked for again at the next build.
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut files = Vec::new();
    if folder.is_dir() {
        collect(&folder.canonicalize()?, &mut files)?;
        files.sort();
    }
    let root = folder.canonicalize().unwrap_or(folder);
    let mut code = String::from("const FILES: &[File] = &[\n");
    for file in
        files.iter().filter(|file| file.extension().is_none_or(|extension| extension != "gz"))
    {
        let name = file.strip_prefix(&root).unwrap_or(file).to_string_lossy().replace('\\', "/");
        let zipped = PathBuf::from(format!("{}.gz", file.display()));
        let gzip = match zipped.is_file() {
            true => format!("Some(include_bytes!({zipped:?}))"),
            false => "None".to_owned(),
        };
        let _ = writeln!(
            code,
            "File {{ path: {name:?}, bytes: include_bytes!({file:?}), gzip: {gzip} }},"
        );
    }
    code.push_str("];\n");
    fs::write(Path::new(&env::var("OUT_DIR").unwrap_or_default()).join("files.rs"), code)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}
