//! The files of a project as resources.

use super::bounds::{RESOURCES_MAX, RESOURCES_PAGE};
use super::shape::{Page, RESOURCE_NOT_FOUND, ReadResource};
use crate::rpc::{INTERNAL_ERROR, INVALID_PARAMS, RpcError};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ironbridge_tools::files::{ReadInput, ReadOutput, read, read_bytes};
use ironbridge_tools::search::{ListInput, list};
use ironbridge_tools::{Control, Failure, Workspace};
use serde_json::{Value, json};
use url::Url;

/// The answer to `resources/templates/list`.
pub(super) fn templates() -> Value {
    json!({ "resourceTemplates": [{
        "uriTemplate": "file:///{+path}",
        "name": "file",
        "title": "A file of the project",
        "description": "Any file within the project's folder, by its absolute path.",
    }] })
}

/// A page of the files that are not ignored, by their paths. Blocking.
///
/// # Errors
/// When the cursor is none of ours, or the project cannot be read.
pub(super) fn page(
    workspace: &Workspace,
    asked: &Page,
    control: &Control,
) -> Result<Value, RpcError> {
    let from = match asked.cursor.as_deref().map(str::parse::<usize>) {
        None => 0,
        Some(Ok(from)) => from,
        Some(Err(_)) => {
            return Err(RpcError::new(INVALID_PARAMS, "the cursor is none of this server"));
        }
    };
    let wish = ListInput { limit: Some(RESOURCES_MAX), details: true, ..ListInput::default() };
    let listed = list(workspace, &wish, control)
        .map_err(|error| RpcError::new(INTERNAL_ERROR, Failure::from(error).message))?;
    let base = workspace.scope().base();
    let files = listed.files.iter().skip(from).take(RESOURCES_PAGE).filter(|file| !file.lossy);
    let resources = files.filter_map(|file| {
        let uri = Url::from_file_path(base.join(&file.path)).ok()?;
        let mut resource = json!({ "uri": uri.as_str(), "name": file.path });
        if let Some(bytes) = file.bytes {
            resource["size"] = bytes.into();
        }
        Some(resource)
    });
    let mut answer = json!({ "resources": resources.collect::<Vec<_>>() });
    let next = from.saturating_add(RESOURCES_PAGE);
    if next < listed.files.len() {
        answer["nextCursor"] = next.to_string().into();
    }
    Ok(answer)
}

/// A file. Blocking.
///
/// # Errors
/// When the address names no file within the project, or it cannot be read.
pub(super) fn contents(
    workspace: &Workspace,
    asked: &ReadResource,
    control: &Control,
) -> Result<Value, RpcError> {
    let uri = &asked.uri;
    let address = Url::parse(uri).ok().filter(|url| url.scheme() == "file");
    let path = address.and_then(|url| url.to_file_path().ok()).ok_or_else(|| {
        let why = format!("{uri} is no address of a file; they are file:///path/of/the/file");
        RpcError::new(RESOURCE_NOT_FOUND, why).with_data(json!({ "uri": uri }))
    })?;
    let path = path.to_string_lossy().into_owned();
    let failed = |failure: Failure| {
        let data = json!({ "uri": uri, "code": failure.code });
        RpcError::new(RESOURCE_NOT_FOUND, failure.message).with_data(data)
    };
    let wish = ReadInput { path: path.clone(), ..ReadInput::default() };
    let (mime, text) =
        match read(workspace, &wish, control).map_err(|error| failed(error.into()))? {
            ReadOutput::Text(text) if !text.truncated && !text.lossy => {
                ("text/plain".to_owned(), text.text)
            }
            ReadOutput::Media(media) => {
                let blob = STANDARD.encode(&media.data);
                return Ok(
                    json!({ "contents": [{ "uri": uri, "mimeType": media.mime, "blob": blob }] }),
                );
            }
            ReadOutput::Folder(folder) => ("text/plain".to_owned(), folder.entries.join("\n")),
            // A resource is whole: what `read` would give in parts is read as bytes.
            ReadOutput::Text(_) => {
                let bytes = read_bytes(workspace, &path, 0..u64::MAX, control);
                let bytes = bytes.map_err(|error| failed(error.into()))?;
                match String::from_utf8(bytes) {
                    Ok(text) => ("text/plain".to_owned(), text),
                    Err(error) => {
                        let blob = STANDARD.encode(error.as_bytes());
                        let mime = "application/octet-stream";
                        return Ok(
                            json!({ "contents": [{ "uri": uri, "mimeType": mime, "blob": blob }] }),
                        );
                    }
                }
            }
        };
    Ok(json!({ "contents": [{ "uri": uri, "mimeType": mime, "text": text }] }))
}
