//! Conversations in the database, kept as [`crate::link()`] would find them.
//!
//! Nearly every exchange continues the newest one of its branch: then it is one row more. Where it begins a branch, or
//! where later ones were there before it and now hang on it, the conversations concerned are arranged anew.

use crate::database::{Database, Row, StoreError};
use crate::entry::Entry;
use crate::exchange::Exchange;
use crate::link::{
    Anchor, AnchorKind, Digest, Hash, Link, Rank, SUBTASK_WITHIN_MS, SUMMARY_WITHIN_MS, Tie,
    TieKind, Tied, arrange,
};
use crate::store::{Store, insert};
use crate::summary::{self, Whole};
use crate::value::{Column, Value};
use std::collections::{BTreeSet, HashMap};

const LINK: &[&str] = &[
    "id",
    "scope",
    "began_ms",
    "own",
    "parent_hash",
    "grandparent_hash",
    "system_hash",
    "messages",
    "session_hash",
    "kind",
    "parent",
    "conversation",
    "branch",
];
const ANCHOR: &[&str] = &["hash", "kind", "scope", "began_ms", "id"];

/// Links digests that are new, in the order of time.
pub(crate) fn link_new(database: &mut dyn Database, new: &[&Entry]) -> Result<(), StoreError> {
    let digested = new.iter().filter_map(|entry| Some((entry.digest.as_ref()?, &entry.exchange)));
    let mut digested: Vec<(&Digest, &Exchange)> = digested.collect();
    digested.sort_by_key(|(digest, _)| (digest.began_ms, &digest.id));
    for (digest, exchange) in digested {
        insert_anchors(database, digest)?;
        let tie = find_tie(database, digest)?;
        let later = later_ones(database, digest)?;
        if later.is_empty()
            && let Some((conversation, branch)) = simple_place(database, digest, tie.as_ref())?
        {
            insert_link(database, digest, tie.as_ref(), &conversation, &branch)?;
            let one = [(conversation.as_str(), exchange)].into_iter();
            summary::add(database, Whole::Conversation, one)?;
            continue;
        }
        // Its own conversation until it is arranged.
        insert_link(database, digest, tie.as_ref(), &digest.id, "main")?;
        let mut concerned = BTreeSet::from([digest.id.clone()]);
        if let Some(tie) = &tie {
            concerned.extend(conversation_of(database, &tie.parent)?);
        }
        for later in later {
            concerned.extend(conversation_of(database, &later.id)?);
            let tie = find_tie(database, &later)?;
            if let Some(tie) = &tie {
                concerned.extend(conversation_of(database, &tie.parent)?);
            }
            update_tie(database, &later.id, tie.as_ref())?;
        }
        arrange_anew(database, &concerned)?;
    }
    Ok(())
}

/// Where a digest belongs, where that concerns no other: a first one, or the only one that continues its parent.
fn simple_place(
    database: &mut dyn Database,
    digest: &Digest,
    tie: Option<&Tie>,
) -> Result<Option<(String, String)>, StoreError> {
    let Some(tie) = tie else { return Ok(Some((digest.id.clone(), "main".to_owned()))) };
    if tie.kind != TieKind::Continues {
        return Ok(None);
    }
    let sql = "SELECT own, conversation, branch FROM link WHERE id = $1";
    let rows = database.query(sql, &[Value::text(&tie.parent)])?;
    let Some([own, conversation, branch]) = rows.into_iter().next().and_then(cells) else {
        return Err(StoreError::Unreadable { table: "link" });
    };
    for column in ["parent_hash", "grandparent_hash"] {
        let sql = format!("SELECT id FROM link WHERE {column} = $1 LIMIT 1");
        if !database.query(&sql, std::slice::from_ref(&own))?.is_empty() {
            return Ok(None);
        }
    }
    Ok(String::from_value(conversation).zip(String::from_value(branch)))
}

/// The tie of a digest to one that is there; the same as the pure function finds.
fn find_tie(database: &mut dyn Database, digest: &Digest) -> Result<Option<Tie>, StoreError> {
    let by_messages = [
        (digest.parent, Some(digest.system), Rank::Whole),
        (digest.parent, None, Rank::Messages),
        (digest.grandparent, None, Rank::Grandparent),
    ];
    for (messages, system, rank) in by_messages {
        let Some(messages) = messages else { continue };
        let sessions = [digest.session, None];
        for session in sessions.into_iter().skip(usize::from(digest.session.is_none())) {
            if let Some(parent) = newest_with(database, digest, messages, system, session)? {
                return Ok(Some(Tie { kind: rank.kind(), parent }));
            }
        }
    }
    for (seeks, rank, within_ms) in [
        (AnchorKind::SeeksTask, Rank::Task, SUBTASK_WITHIN_MS),
        (AnchorKind::SeeksSummary, Rank::Summary, SUMMARY_WITHIN_MS),
    ] {
        let mut found: Option<(bool, u64, String)> = None;
        for anchor in digest.anchors.iter().filter(|anchor| anchor.kind == seeks) {
            found = found.max(best_offer(database, digest, *anchor, within_ms)?);
        }
        if let Some((_, _, parent)) = found {
            return Ok(Some(Tie { kind: rank.kind(), parent }));
        }
    }
    Ok(None)
}

/// The newest of its scope before it with those messages, and with that system prompt and session where they matter.
fn newest_with(
    database: &mut dyn Database,
    digest: &Digest,
    messages: Hash,
    system: Option<Hash>,
    session: Option<Hash>,
) -> Result<Option<String>, StoreError> {
    let mut sql = "SELECT id FROM link WHERE own = $1 AND scope = $2 AND began_ms < $3".to_owned();
    let mut values =
        vec![messages.to_value(), Value::text(&digest.scope), digest.began_ms.to_value()];
    for (column, hash) in [("system_hash", system), ("session_hash", session)] {
        if let Some(hash) = hash {
            values.push(hash.to_value());
            sql.push_str(&format!(" AND {column} = ${}", values.len()));
        }
    }
    sql.push_str(" ORDER BY began_ms DESC, id DESC LIMIT 1");
    first_text(database, &sql, &values)
}

/// The reply that offers what an anchor seeks, within that time before: the newest of the same session, else the newest.
fn best_offer(
    database: &mut dyn Database,
    digest: &Digest,
    seeks: Anchor,
    within_ms: u64,
) -> Result<Option<(bool, u64, String)>, StoreError> {
    let sql = "SELECT anchor.began_ms, anchor.id, link.session_hash FROM anchor JOIN link ON link.id = anchor.id \
               WHERE anchor.hash = $1 AND anchor.kind = $2 AND anchor.scope = $3 AND anchor.began_ms >= $4 \
               AND anchor.began_ms < $5 \
               ORDER BY CASE WHEN link.session_hash = $6 THEN 0 ELSE 1 END, anchor.began_ms DESC, anchor.id DESC LIMIT 1";
    let values = [
        seeks.hash.to_value(),
        seeks.kind.opposite().to_value(),
        Value::text(&digest.scope),
        digest.began_ms.saturating_sub(within_ms).to_value(),
        digest.began_ms.to_value(),
        digest.session.unwrap_or_default().to_value(),
    ];
    let row = database.query(sql, &values)?.into_iter().next().and_then(cells);
    Ok(row.and_then(|[began, id, session]| {
        let session: Option<Hash> = Column::from_value(session)?;
        let same = digest.session.is_some() && session == digest.session;
        Some((same, u64::from_value(began)?, String::from_value(id)?))
    }))
}

/// Those that began later and may hang on this one.
fn later_ones(database: &mut dyn Database, digest: &Digest) -> Result<Vec<Digest>, StoreError> {
    let mut ids = BTreeSet::new();
    let mut collect = |rows: Vec<Row>| {
        ids.extend(rows.into_iter().filter_map(|row| String::from_value(row.into_iter().next()?)));
    };
    let (scope, began) = (Value::text(&digest.scope), digest.began_ms.to_value());
    for column in ["parent_hash", "grandparent_hash"] {
        let sql =
            format!("SELECT id FROM link WHERE {column} = $1 AND scope = $2 AND began_ms > $3");
        collect(database.query(&sql, &[digest.own.to_value(), scope.clone(), began.clone()])?);
    }
    for anchor in &digest.anchors {
        let within_ms = match anchor.kind {
            AnchorKind::OffersTask => SUBTASK_WITHIN_MS,
            AnchorKind::OffersSummary => SUMMARY_WITHIN_MS,
            AnchorKind::SeeksTask | AnchorKind::SeeksSummary => continue,
        };
        let sql = "SELECT id FROM anchor WHERE hash = $1 AND kind = $2 AND scope = $3 AND began_ms > $4 \
                   AND began_ms <= $5";
        let until = digest.began_ms.saturating_add(within_ms).to_value();
        let kind = anchor.kind.opposite().to_value();
        collect(
            database
                .query(sql, &[anchor.hash.to_value(), kind, scope.clone(), began.clone(), until])?,
        );
    }
    ids.into_iter().map(|id| load(database, &id)).collect()
}

impl Store {
    /// The digest of an exchange; `None`: it has none.
    pub(crate) fn digest_of(&mut self, id: &str) -> Result<Option<Digest>, StoreError> {
        let linked = conversation_of(self.database.as_mut(), id)?.is_some();
        if linked { load(self.database.as_mut(), id).map(Some) } else { Ok(None) }
    }
}

/// The digest of an exchange that is linked.
fn load(database: &mut dyn Database, id: &str) -> Result<Digest, StoreError> {
    let unreadable = || StoreError::Unreadable { table: "link" };
    let rows = database.query("SELECT kind, hash FROM anchor WHERE id = $1", &[Value::text(id)])?;
    let anchor = |row: Row| {
        let [kind, hash] = cells(row)?;
        Some(Anchor { kind: Column::from_value(kind)?, hash: Column::from_value(hash)? })
    };
    let anchors = rows.into_iter().map(anchor).collect::<Option<_>>().ok_or_else(unreadable)?;
    let sql = format!("SELECT {} FROM link WHERE id = $1", LINK[..9].join(", "));
    let row = database.query(&sql, &[Value::text(id)])?.into_iter().next();
    let digest = |row: Row| {
        let [id, scope, began_ms, own, parent, grandparent, system, messages, session] =
            cells(row)?;
        Some(Digest {
            id: Column::from_value(id)?,
            scope: Column::from_value(scope)?,
            began_ms: Column::from_value(began_ms)?,
            own: Column::from_value(own)?,
            parent: Column::from_value(parent)?,
            grandparent: Column::from_value(grandparent)?,
            system: Column::from_value(system)?,
            messages: Column::from_value(messages)?,
            session: Column::from_value(session)?,
            anchors,
        })
    };
    row.and_then(digest).ok_or_else(unreadable)
}

/// Arranges whole conversations and writes what has changed.
fn arrange_anew(
    database: &mut dyn Database,
    concerned: &BTreeSet<String>,
) -> Result<(), StoreError> {
    let sql = "SELECT id, began_ms, own, kind, parent, conversation, branch FROM link WHERE conversation = $1";
    let (mut tied, mut before) = (Vec::new(), HashMap::new());
    for conversation in concerned {
        for row in database.query(sql, &[Value::text(conversation)])? {
            let (one, place) = tied_of(row).ok_or(StoreError::Unreadable { table: "link" })?;
            before.insert(one.id.clone(), place);
            tied.push(one);
        }
    }
    let mut concerned = concerned.clone();
    for Link { id, conversation, branch, .. } in arrange(&tied) {
        if before.get(&id).is_some_and(|place| place.0 == conversation && place.1 == branch) {
            continue;
        }
        let sql = "UPDATE link SET conversation = $1, branch = $2 WHERE id = $3";
        database.query(sql, &[conversation.to_value(), branch.to_value(), id.to_value()])?;
        concerned.insert(conversation);
    }
    summary::sum_up_anew(database, &concerned)
}

fn tied_of(row: Row) -> Option<(Tied, (String, String))> {
    let [id, began_ms, own, kind, parent, conversation, branch] = cells(row)?;
    let kind: Option<TieKind> = Column::from_value(kind)?;
    let parent: Option<String> = Column::from_value(parent)?;
    let tied = Tied {
        id: Column::from_value(id)?,
        began_ms: Column::from_value(began_ms)?,
        own: Column::from_value(own)?,
        tie: kind.zip(parent).map(|(kind, parent)| Tie { kind, parent }),
    };
    Some((tied, (Column::from_value(conversation)?, Column::from_value(branch)?)))
}

fn conversation_of(database: &mut dyn Database, id: &str) -> Result<Option<String>, StoreError> {
    first_text(database, "SELECT conversation FROM link WHERE id = $1", &[Value::text(id)])
}

fn insert_anchors(database: &mut dyn Database, digest: &Digest) -> Result<(), StoreError> {
    let row = |anchor: &Anchor| {
        let (hash, kind) = (anchor.hash.to_value(), anchor.kind.to_value());
        vec![hash, kind, digest.scope.to_value(), digest.began_ms.to_value(), digest.id.to_value()]
    };
    let rows = digest.anchors.iter().map(row).collect();
    insert(database, "anchor", ANCHOR, rows, "ON CONFLICT DO NOTHING").map(|_| ())
}

fn insert_link(
    database: &mut dyn Database,
    digest: &Digest,
    tie: Option<&Tie>,
    conversation: &str,
    branch: &str,
) -> Result<(), StoreError> {
    let row = vec![
        digest.id.to_value(),
        digest.scope.to_value(),
        digest.began_ms.to_value(),
        digest.own.to_value(),
        digest.parent.to_value(),
        digest.grandparent.to_value(),
        digest.system.to_value(),
        digest.messages.to_value(),
        digest.session.to_value(),
        tie.map(|tie| tie.kind).to_value(),
        tie.map(|tie| tie.parent.clone()).to_value(),
        Value::text(conversation),
        Value::text(branch),
    ];
    insert(database, "link", LINK, vec![row], "ON CONFLICT (id) DO NOTHING").map(|_| ())
}

fn update_tie(database: &mut dyn Database, id: &str, tie: Option<&Tie>) -> Result<(), StoreError> {
    let values = [
        tie.map(|tie| tie.kind).to_value(),
        tie.map(|tie| tie.parent.clone()).to_value(),
        Value::text(id),
    ];
    database.query("UPDATE link SET kind = $1, parent = $2 WHERE id = $3", &values).map(|_| ())
}

fn first_text(
    database: &mut dyn Database,
    sql: &str,
    values: &[Value],
) -> Result<Option<String>, StoreError> {
    let rows = database.query(sql, values)?;
    Ok(rows.into_iter().next().and_then(|row| String::from_value(row.into_iter().next()?)))
}

/// The cells of a row of that many.
fn cells<const COUNT: usize>(row: Row) -> Option<[Value; COUNT]> {
    row.try_into().ok()
}

impl Store {
    /// Where an exchange belongs; `None`: it is part of no conversation.
    ///
    /// # Errors
    /// Where the database is not to be had.
    pub fn link_of(&mut self, id: &str) -> Result<Option<Link>, StoreError> {
        let sql =
            "SELECT id, began_ms, own, kind, parent, conversation, branch FROM link WHERE id = $1";
        let rows = self.database.query(sql, &[Value::text(id)])?;
        rows.into_iter().next().map(link_of).transpose()
    }

    /// All exchanges of a conversation, oldest first, at most [`CONVERSATION_MAX`]: its graph.
    ///
    /// # Errors
    /// Where the database is not to be had.
    pub fn conversation(&mut self, conversation: &str) -> Result<Vec<Link>, StoreError> {
        let sql = "SELECT id, began_ms, own, kind, parent, conversation, branch FROM link WHERE conversation = $1 \
                   ORDER BY began_ms, id LIMIT $2";
        let values = [Value::text(conversation), (CONVERSATION_MAX as u64).to_value()];
        self.database.query(sql, &values)?.into_iter().map(link_of).collect()
    }
}

/// The most exchanges of a conversation that are given at once.
pub const CONVERSATION_MAX: usize = 10_000;

fn link_of(row: Row) -> Result<Link, StoreError> {
    let (tied, (conversation, branch)) =
        tied_of(row).ok_or(StoreError::Unreadable { table: "link" })?;
    Ok(Link { id: tied.id, conversation, branch, tie: tied.tie })
}
