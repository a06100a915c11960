//! The pages of `docs/reference`, made from the tables.

mod config;
mod environment;
mod errors;
mod flags;
mod providers;
mod tools;

#[cfg(test)]
pub(crate) use config::example;

/// Every page: its name and its text.
pub(crate) fn pages() -> Vec<(&'static str, String)> {
    let schema = crate::config::schema::schema();
    vec![
        ("config.md", config::page()),
        ("config.schema.json", format!("{schema:#}\n")),
        ("environment.md", environment::page()),
        ("errors.md", errors::page()),
        ("flags.md", flags::page()),
        ("providers.md", providers::page()),
        ("tools.md", tools::page()),
    ]
}

/// The beginning of a page.
fn heading(title: &str, about: &str) -> String {
    format!("<!-- Made by `cargo xtask docs`. -->\n\n# {title}\n\n{about}\n")
}

/// A row of a table; `|` in a cell would end it.
fn row(cells: &[&str]) -> String {
    let cells: Vec<String> = cells.iter().map(|cell| cell.replace('|', "\\|")).collect();
    format!("| {} |\n", cells.join(" | "))
}

/// The first two lines of a table.
fn table(titles: &[&str]) -> String {
    let rule: String = titles.iter().map(|_| "---|").collect();
    format!("\n{}|{rule}\n", row(titles))
}

/// One or two sentences for a cell: what it is about, and the details.
fn sentences(about: &str, details: &str) -> String {
    let dot = if about.ends_with('.') { "" } else { "." };
    let gap = if details.is_empty() { "" } else { " " };
    format!("{about}{dot}{gap}{details}")
}

#[cfg(test)]
mod tests {
    use super::pages;

    #[test]
    fn every_row_of_a_table_has_its_cells() {
        for (name, text) in pages() {
            let mut bars = None;
            for line in text.lines() {
                let count = line.replace("\\|", "").matches('|').count();
                if line.starts_with('|') {
                    assert_eq!(count, *bars.get_or_insert(count), "{name}: {line}");
                } else {
                    bars = None;
                }
            }
            assert!(text.ends_with('\n') && !text.ends_with("\n\n"), "{name}");
        }
    }
}
