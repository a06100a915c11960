//! Finding the `tokenizer.json` of a model: in the config, else in the local Hugging Face cache.

use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ironbridge_gateway::TokenizerSettings;
use ironbridge_tokens::TokenizerJson;

use crate::config::TokenizerSource;
use crate::error::Error;
use crate::folders;

/// The longest `tokenizer.json` that is read, in bytes; Gemma's is 34 MB.
const FILE_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// The file's name in a repository.
const NAME: &str = "tokenizer.json";

/// The file of the first `[[tokenizer]]` that matches a model.
pub(crate) fn in_config(model: &str, tokenizers: &[TokenizerSource]) -> Option<PathBuf> {
    let matches = |source: &&TokenizerSource| {
        globset::Glob::new(&source.pattern).is_ok_and(|g| g.compile_matcher().is_match(model))
    };
    tokenizers.iter().find(matches).map(|source| source.file.clone())
}

/// Reads every `[[tokenizer]]` of the config, for the gateway.
pub(crate) fn load(tokenizers: &[TokenizerSource]) -> Result<Vec<TokenizerSettings>, Error> {
    let load = |source: &TokenizerSource| {
        let tokenizer = Arc::new(from_file(&source.file)?);
        Ok(TokenizerSettings { pattern: source.pattern.clone(), tokenizer })
    };
    tokenizers.iter().map(load).collect()
}

/// Reads one `tokenizer.json`.
pub(crate) fn from_file(file: &Path) -> Result<TokenizerJson, Error> {
    let shown = folders::shown(file);
    let cannot = || Error::failure(format!("cannot count with {shown}"));
    let bytes = read(file).map_err(|error| cannot().caused_by(&error))?;
    TokenizerJson::from_bytes(shown.clone(), &bytes).map_err(|error| cannot().caused_by(&error))
}

fn read(file: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    std::fs::File::open(file)?.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "it is longer than 256 MiB"));
    }
    Ok(bytes)
}

/// The file of a model in a Hugging Face cache (`hub/models--ORG--NAME/snapshots/REVISION/tokenizer.json`).
///
/// A model is found by its repository (`Qwen/Qwen3-8B`) or by the name alone, in any case and also as Ollama writes it
/// (`qwen3:8b`); of several the first by name. Of several revisions `refs/main` counts, else the first by name.
pub(crate) fn in_hugging_face_cache(model: &str, cache: &Path) -> Option<PathBuf> {
    let wanted = plain(model);
    let mut repositories = names(cache);
    repositories.retain(|folder| {
        folder.strip_prefix("models--").is_some_and(|repository| {
            let repository = plain(&repository.replace("--", "/"));
            let name = repository.rsplit_once('/').map_or(repository.as_str(), |(_, name)| name);
            wanted == repository || wanted == name
        })
    });
    repositories.iter().find_map(|repository| in_repository(&cache.join(repository)))
}

fn in_repository(repository: &Path) -> Option<PathBuf> {
    let snapshots = repository.join("snapshots");
    let main = std::fs::read_to_string(repository.join("refs/main")).ok();
    let main = main.map(|revision| revision.trim().to_owned());
    let revisions = main.into_iter().chain(names(&snapshots));
    revisions.map(|revision| snapshots.join(revision).join(NAME)).find(|file| file.is_file())
}

/// A model's name without case, and with one sign for what is written `:`, `_` or `-`.
fn plain(model: &str) -> String {
    model.to_lowercase().replace([':', '_'], "-")
}

/// The names in a folder, sorted; none where there is no folder.
fn names(folder: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut names: Vec<String> =
        entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect();
    names.sort_unstable();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cache_with(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        folder
    }

    #[test]
    fn the_cache_is_searched_by_repository_or_name() {
        let cache = cache_with(&[
            ("models--Qwen--Qwen3-8B/refs/main", "bbb"),
            ("models--Qwen--Qwen3-8B/snapshots/aaa/tokenizer.json", ""),
            ("models--Qwen--Qwen3-8B/snapshots/bbb/tokenizer.json", ""),
            ("models--a--Llama-3/snapshots/ccc/config.json", ""),
            ("models--b--Llama-3/snapshots/ddd/tokenizer.json", ""),
            ("datasets--x--phi/snapshots/eee/tokenizer.json", ""),
        ]);
        let check = |model: &str, expected: Option<&str>| {
            let found = in_hugging_face_cache(model, cache.path());
            let found = found.map(|file| {
                file.strip_prefix(cache.path()).unwrap().to_str().unwrap().replace('\\', "/")
            });
            assert_eq!(found.as_deref(), expected, "{model}");
        };
        let qwen = Some("models--Qwen--Qwen3-8B/snapshots/bbb/tokenizer.json");
        check("Qwen/Qwen3-8B", qwen);
        check("qwen3:8b", qwen);
        check("other/Qwen3-8B", None);
        check("llama-3", Some("models--b--Llama-3/snapshots/ddd/tokenizer.json"));
        check("phi", None);
        check("../../etc", None);
    }

    #[test]
    fn the_first_match_in_the_config_counts() {
        let source = |pattern: &str, file: &str| TokenizerSource {
            pattern: pattern.to_owned(),
            file: file.into(),
        };
        let sources = [source("qwen3-*", "a"), source("*", "b")];
        assert_eq!(in_config("qwen3-8b", &sources), Some("a".into()));
        assert_eq!(in_config("llama", &sources), Some("b".into()));
        assert_eq!(in_config("llama", &sources[..1]), None);
    }
}
