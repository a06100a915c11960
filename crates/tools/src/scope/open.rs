//! Opening what was judged, so that the judgement still holds: relative to the root's own handle, without following any
//! link. The path is resolved already, so a link met now was put there meanwhile.

#[cfg_attr(unix, path = "open/by_handle.rs")]
#[cfg_attr(not(unix), path = "open/by_path.rs")]
mod platform;

pub use platform::Folder;
pub(super) use platform::file;
