//! `ironbridge tokens [FILE…]`.

use std::io::{self, IsTerminal, Read};
use std::path::Path;

use ironbridge_tokens::{Encoding, Exactness, Family, Tokenizer};

use super::tokenizer_files;
use crate::arguments::{Global, Tokens};
use crate::config::Overrides;
use crate::config_file::ConfigFile;
use crate::error::Error;
use crate::{folders, output};

/// The most that is counted of one file, in bytes; a longer one is refused.
const FILE_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// The number of tokens of one file.
struct Line {
    tokens: u64,
    name: String,
}

/// Counts each file and prints a line for it; files that cannot be counted are reported together at the end.
pub(crate) fn run(asked: &Tokens, global: &Global) -> Result<(), Error> {
    let counter = tokenizer(asked, global)?;
    let mut lines = Vec::new();
    let mut failed: Option<Error> = None;
    for file in &asked.files {
        match read(file) {
            Ok(text) => {
                let name = if is_stdin(file) { "-".to_owned() } else { file.display().to_string() };
                lines.push(Line { tokens: counter.count_text(&text), name });
            }
            Err(error) => {
                let next =
                    Error::failure(format!("cannot count {}", file.display())).caused_by(&error);
                failed = Some(match failed {
                    Some(earlier) => earlier.and(next),
                    None => next,
                });
            }
        }
    }
    if lines.len() > 1 {
        let tokens = lines.iter().map(|line| line.tokens).sum();
        lines.push(Line { tokens, name: "total".to_owned() });
    }
    output::result(&table(&lines, counter.as_ref(), io::stdout().is_terminal()))?;
    failed.map_or(Ok(()), Err)
}

/// The columns: tokens, `exact` or `estimate`, what was counted with, the file. Thin spaces are for people only.
fn table(lines: &[Line], counter: &dyn Tokenizer, for_people: bool) -> String {
    let number = |tokens| if for_people { output::count(tokens) } else { tokens.to_string() };
    let width = lines.iter().map(|line| number(line.tokens).chars().count()).max().unwrap_or(0);
    let (exactness, with) = (counter.exactness().name(), counter.name());
    let line = |line: &Line| {
        format!("{:>width$}  {exactness}  {with}  {}\n", number(line.tokens), line.name)
    };
    lines.iter().map(line).collect()
}

/// What to count with: the encoding asked for, else the model's own `tokenizer.json`, else what its family has.
fn tokenizer(asked: &Tokens, global: &Global) -> Result<Box<dyn Tokenizer>, Error> {
    if let Some(name) = &asked.encoding {
        let encoding = Encoding::by_name(name);
        let unknown = || Error::usage(format!("unknown encoding {name}"));
        return encoding
            .map(|encoding| Box::new(encoding) as Box<dyn Tokenizer>)
            .ok_or_else(unknown);
    }
    let Some(model) = &asked.model else { return Ok(Box::new(Encoding::O200kBase)) };
    let config =
        ConfigFile::find(global).load(&Overrides { offline: true, ..Overrides::default() })?;
    let family = Family::of(None, model);
    let file = tokenizer_files::in_config(model, &config.tokenizers).or_else(|| {
        let cache = folders::hugging_face_cache().filter(|_| family == Family::Llama)?;
        tokenizer_files::in_hugging_face_cache(model, &cache)
    });
    if let Some(file) = file {
        return Ok(Box::new(tokenizer_files::from_file(&file)?));
    }
    let counter = family.tokenizer(model);
    if family == Family::Llama && counter.exactness() == Exactness::Estimate {
        output::message(&format!(
            "hint: no tokenizer.json of {model} was found; name one under [[tokenizer]] in {} to count exactly\n",
            ConfigFile::find(global).shown()
        ));
    }
    Ok(Box::new(Borrowed(counter)))
}

/// A tokenizer that belongs to the crate `tokens`.
struct Borrowed(&'static dyn Tokenizer);

impl Tokenizer for Borrowed {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn exactness(&self) -> Exactness {
        self.0.exactness()
    }

    fn count_raw(&self, text: &str) -> u64 {
        self.0.count_raw(text)
    }

    fn factor(&self) -> f64 {
        self.0.factor()
    }
}

fn is_stdin(file: &Path) -> bool {
    file.as_os_str() == "-"
}

fn read(file: &Path) -> io::Result<String> {
    let bytes = read_bytes(file)?;
    String::from_utf8(bytes)
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-8 text"))
}

fn read_bytes(file: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if is_stdin(file) {
        io::stdin().lock().take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes)?;
    } else {
        std::fs::File::open(file)?.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes)?;
    }
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "it is longer than 256 MiB"));
    }
    Ok(bytes)
}
