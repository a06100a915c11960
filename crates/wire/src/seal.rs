//! What a provider gives out with hidden reasoning and wants to see again: signatures, encrypted content.
//!
//! A seal is worth nothing to any provider but its own. When it must travel through a client of another dialect it is
//! packed into that dialect's own opaque field, with a mark that says whose it is, and unpacked on the way back:
//! a Claude signature lives in a responses client's `encrypted_content`, a responses item in a messages client's
//! `signature`.

/// The opaque token of a piece of reasoning, by who issued it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seal {
    /// Messages: the `signature` of a thinking block.
    Signature(String),
    /// Messages: the `data` of a redacted thinking block.
    Redacted(String),
    /// Responses: the `id` and `encrypted_content` of a reasoning item.
    Encrypted {
        /// The item's id, `rs_…`; may be empty.
        id: String,
        /// The encrypted reasoning; may be empty where the server keeps it by id.
        content: String,
    },
    /// Chat: the opaque reasoning of servers that have one (`reasoning_opaque`).
    Opaque(String),
}

const MARK: &str = "ironbridge:";

impl Seal {
    /// The seal as one string, for a dialect that is not its own.
    #[must_use]
    pub fn pack(&self) -> String {
        match self {
            Seal::Signature(data) => format!("{MARK}signature:{data}"),
            Seal::Redacted(data) => format!("{MARK}redacted:{data}"),
            Seal::Encrypted { id, content } => format!("{MARK}encrypted:{id}:{content}"),
            Seal::Opaque(data) => format!("{MARK}opaque:{data}"),
        }
    }

    /// What [`pack`](Self::pack) made; `None` for a token that is the dialect's own.
    #[must_use]
    pub fn unpack(packed: &str) -> Option<Self> {
        let (kind, data) = packed.strip_prefix(MARK)?.split_once(':')?;
        match kind {
            "signature" => Some(Seal::Signature(data.to_owned())),
            "redacted" => Some(Seal::Redacted(data.to_owned())),
            "encrypted" => {
                // The content is base64; an id might hold anything.
                let (id, content) = data.rsplit_once(':')?;
                Some(Seal::Encrypted { id: id.to_owned(), content: content.to_owned() })
            }
            "opaque" => Some(Seal::Opaque(data.to_owned())),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
