//! `find_files`, `search_file_contents`, `list_directory`.

use super::{Effect, Running, Tool};
use crate::engine::ToolOutcome;
use ironbridge_tools::Failure;
use ironbridge_tools::search::{
    Case, GlobInput, GrepInput, GrepLine, ListInput, TreeInput, glob, grep, list, tree,
};
use schemars::JsonSchema;
use serde::Deserialize;
use std::path::PathBuf;

const FILES: u64 = 50;
const FILES_MAX: u64 = 100;
const MATCHES: u64 = 30;
const MATCHES_MAX: u64 = 100;
const CONTEXT_LINES_MAX: u64 = 10;
/// What is shown of a matching line, in characters.
const LINE_CHARS_MAX: usize = 300;
const DEPTH: u64 = 3;
const DEPTH_MAX: u64 = 10;

pub(super) fn tools() -> Vec<Tool> {
    vec![
        Tool::blocking("find_files", Effect::Reads, find_files),
        Tool::blocking("search_file_contents", Effect::Reads, search_file_contents),
        Tool::blocking("list_directory", Effect::Reads, list_directory),
    ]
}

/// Finds files by a glob such as *.rs, src/**/*.{ts,tsx}; the newest first. Ignored files are left out.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct FindFiles {
    /// The glob.
    pattern: String,
    /// How many at most, up to 100.
    #[serde(default)]
    max_results: Option<u64>,
}

fn find_files(running: &Running, input: &FindFiles) -> Result<ToolOutcome, Failure> {
    let limit = input.max_results.unwrap_or(FILES).clamp(1, FILES_MAX);
    let wish = GlobInput {
        path: Some(running.place.cwd()),
        limit: Some(limit),
        ..GlobInput::new(&*input.pattern)
    };
    let output = glob(&running.place.workspace, &wish, &running.control)?;
    let paths: Vec<&str> = output.files.iter().map(|file| file.path.as_str()).collect();
    let mut text = paths.join("\n");
    if paths.is_empty() {
        text.push_str("no files match");
    }
    if output.truncated {
        text.push_str(&format!("\n[{} of {} files]", paths.len(), output.total));
    }
    if !output.coverage.complete {
        text.push_str("\n[the search was stopped; there may be more]");
    }
    Ok(ToolOutcome::done(text))
}

/// Searches the content of files by a regular expression; gives file:line:text. Ignored files are left out.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct SearchFileContents {
    /// The regular expression.
    query: String,
    /// How many matching lines at most, up to 100.
    #[serde(default)]
    max_results: Option<u64>,
    /// Upper and lower case differ.
    #[serde(default)]
    case_sensitive: bool,
    /// Only files that match this glob.
    #[serde(default)]
    include: Option<String>,
    /// The file or folder to search.
    #[serde(default)]
    path: Option<String>,
    /// Matches begin and end at the edge of a word.
    #[serde(default)]
    whole_word: bool,
    /// Lines around each match, up to 10.
    #[serde(default)]
    context_lines: Option<u64>,
}

fn search_file_contents(
    running: &Running,
    input: &SearchFileContents,
) -> Result<ToolOutcome, Failure> {
    let path = running.place.path(input.path.as_deref().unwrap_or("."));
    let wish = GrepInput {
        path: Some(PathBuf::from(path)),
        include: input.include.iter().cloned().collect(),
        case: if input.case_sensitive { Case::Sensitive } else { Case::Insensitive },
        whole_word: input.whole_word,
        context: input.context_lines.unwrap_or(0).min(CONTEXT_LINES_MAX),
        limit: Some(input.max_results.unwrap_or(MATCHES).clamp(1, MATCHES_MAX)),
        ..GrepInput::new(&*input.query)
    };
    let output = grep(&running.place.workspace, &wish, &running.control)?;
    let mut text = String::new();
    for file in &output.files {
        for line in &file.lines {
            text.push_str(&file.path);
            text.push_str(&shown(line));
        }
    }
    if output.files.is_empty() {
        text.push_str("nothing matches\n");
    }
    if output.truncated {
        let matches = output.totals.matches.unwrap_or_default();
        text.push_str(&format!(
            "[there are {matches} matching lines in {} files]\n",
            output.totals.files
        ));
    }
    if !output.coverage.complete {
        text.push_str("[the search was stopped; there may be more]\n");
    }
    Ok(ToolOutcome::done(text.trim_end()))
}

fn shown(line: &GrepLine) -> String {
    let sign = if line.context { '-' } else { ':' };
    let cut: String = line.text.chars().take(LINE_CHARS_MAX).collect();
    let more = if cut.len() < line.text.len() { "…" } else { "" };
    format!("{sign}{}{sign}{cut}{more}\n", line.line)
}

/// Lists a folder: folders end in /, links in @. Ignored files are left out.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ListDirectory {
    /// The folder.
    #[serde(default)]
    path: Option<String>,
    /// Also what lies in its folders.
    #[serde(default)]
    recursive: bool,
    /// How deep, from 1 to 10.
    #[serde(default)]
    max_depth: Option<u64>,
    /// Flat paths instead of a tree.
    #[serde(default)]
    tree: bool,
    /// Names that begin with a dot, too.
    #[serde(default)]
    show_hidden_files: bool,
    /// Sizes of files, too.
    #[serde(default)]
    show_sizes: bool,
}

fn list_directory(running: &Running, input: &ListDirectory) -> Result<ToolOutcome, Failure> {
    let path = PathBuf::from(running.place.path(input.path.as_deref().unwrap_or(".")));
    let depth = if input.recursive || input.tree {
        input.max_depth.unwrap_or(DEPTH).clamp(1, DEPTH_MAX)
    } else {
        1
    };
    let (workspace, control) = (&running.place.workspace, &running.control);
    if input.tree {
        let wish = ListInput {
            path: Some(path),
            depth: Some(depth),
            folders: true,
            hidden: input.show_hidden_files,
            ..ListInput::default()
        };
        let output = list(workspace, &wish, control)?;
        let mut text: Vec<String> = output.files.into_iter().map(|file| file.path).collect();
        if output.truncated {
            text.push(format!("[{} in all]", output.total));
        }
        return Ok(ToolOutcome::done(text.join("\n")));
    }
    let wish = TreeInput {
        path: Some(path),
        depth: Some(depth),
        hidden: input.show_hidden_files,
        sizes: input.show_sizes,
        ..TreeInput::default()
    };
    let output = tree(workspace, &wish, control)?;
    let mut text = output.text;
    if text.trim().is_empty() {
        text = "the folder is empty".to_owned();
    }
    if output.truncated {
        text.push_str("\n[more is there than is shown]");
    }
    Ok(ToolOutcome::done(text.trim_end()))
}
