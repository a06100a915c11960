//! Lists of exchanges, newest first, a page at a time.

use crate::database::{Row, StoreError};
use crate::exchange::Exchange;
use crate::store::{Store, exchange_of};
use crate::value::{Column, Value};

/// Which exchanges are listed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Those that began at this moment or later.
    pub since_ms: Option<u64>,
    /// Those that began before this moment.
    pub until_ms: Option<u64>,
    /// Those with one property; one only, so that each list has an index that it follows.
    pub by: Option<By>,
}

/// A property by which exchanges are listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum By {
    /// The id of a client key.
    Key(String),
    /// A client's session.
    Session(String),
    /// The model that clients named.
    Model(String),
    /// The Host that clients named.
    Domain(String),
    /// A project.
    Project(String),
    /// A provider's account.
    Account(String),
    /// Every one whose client did not get its whole reply.
    Failed,
}

impl By {
    fn condition(&self) -> (&'static str, Option<&str>) {
        match self {
            By::Key(id) => ("key_id = $1", Some(id)),
            By::Session(id) => ("session = $1", Some(id)),
            By::Model(name) => ("model = $1", Some(name)),
            By::Domain(name) => ("domain = $1", Some(name)),
            By::Project(name) => ("project = $1", Some(name)),
            By::Account(name) => ("account = $1", Some(name)),
            By::Failed => ("cause <> 'completed'", None),
        }
    }
}

/// The most exchanges of one page.
pub const PAGE_MAX: usize = 500;

/// A place in a list: behind the last exchange of a page. Opaque to clients; its text holds no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    began_ms: u64,
    id: String,
}

impl Cursor {
    /// The text of a cursor, for clients.
    #[must_use]
    pub fn to_text(&self) -> String {
        format!("{}.{}", self.began_ms, self.id)
    }

    /// Reads what [`Cursor::to_text`] gave; `None`: it is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (began, id) = text.split_once('.')?;
        let began_ms = began.parse().ok()?;
        (!id.is_empty()).then(|| Cursor { began_ms, id: id.to_owned() })
    }
}

/// A page of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// Newest first.
    pub exchanges: Vec<Exchange>,
    /// Where the next page begins; `None`: this was the last one.
    pub next: Option<Cursor>,
}

impl Store {
    /// The exchanges of a filter behind `after`, newest first, at most `count` (and [`PAGE_MAX`]).
    ///
    /// # Errors
    /// Where the database is not to be had.
    pub fn list(
        &mut self,
        filter: &Filter,
        after: Option<&Cursor>,
        count: usize,
    ) -> Result<Page, StoreError> {
        let count = count.clamp(1, PAGE_MAX);
        let (sql, values) = statement(filter, after, count + 1);
        let rows = self.database.query(&sql, &values)?;
        page(rows, count)
    }
}

impl Store {
    /// How the database would find a page of such a list, in its own words, a line per step.
    ///
    /// # Errors
    /// Where the database is not to be had.
    pub fn list_plan(
        &mut self,
        filter: &Filter,
        after: Option<&Cursor>,
    ) -> Result<Vec<String>, StoreError> {
        let (sql, values) = statement(filter, after, PAGE_MAX);
        self.database.explain(&sql, &values)
    }
}

fn page(rows: Vec<Row>, count: usize) -> Result<Page, StoreError> {
    let more = rows.len() > count;
    let exchanges = rows.into_iter().take(count).map(exchange_of).collect::<Result<Vec<_>, _>>()?;
    let last = exchanges.last().filter(|_| more);
    let next = last.map(|last| Cursor { began_ms: last.began_ms, id: last.id.clone() });
    Ok(Page { exchanges, next })
}

/// The statement of a page, and its values.
fn statement(filter: &Filter, after: Option<&Cursor>, rows_max: usize) -> (String, Vec<Value>) {
    let mut values = Vec::new();
    let mut conditions = Vec::new();
    if let Some(by) = &filter.by {
        let (condition, value) = by.condition();
        conditions.push(condition.to_owned());
        values.extend(value.map(Value::text));
    }
    let mut condition = |text: &str, value: Value| {
        values.push(value);
        conditions.push(text.replace("$n", &format!("${}", values.len())));
    };
    condition("began_ms >= $n", filter.since_ms.unwrap_or(0).to_value());
    let until = filter.until_ms.unwrap_or(u64::MAX).saturating_sub(1);
    condition("began_ms <= $n", after.map_or(until, |after| after.began_ms.min(until)).to_value());
    if let Some(after) = after {
        condition("(began_ms < $n", after.began_ms.to_value());
        condition("id < $n)", Value::text(&after.id));
    }
    let conditions = conditions.join(" AND ").replace(" AND id <", " OR id <");
    values.push((rows_max as u64).to_value());
    let columns = Exchange::COLUMNS.join(", ");
    let sql = format!(
        "SELECT {columns} FROM exchange WHERE {conditions} ORDER BY began_ms DESC, id DESC LIMIT ${}",
        values.len()
    );
    (sql, values)
}
