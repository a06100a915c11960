//! Vectors of the built-in model: of length one, and nothing but a hash of the text.

use super::count;
use ironbridge_wire::embeddings::{EmbeddingInput, EmbeddingReply, EmbeddingRequest};
use ironbridge_wire::{Invalid, Pointer};
use sha2::{Digest, Sha256};

/// The numbers of a vector unless asked otherwise, as of text-embedding-3-small.
const DIMENSIONS_DEFAULT: u64 = 1536;

/// The most numbers of a vector.
const DIMENSIONS_MAX: u64 = 8192;

pub(super) fn reply(request: EmbeddingRequest) -> Result<EmbeddingReply, Invalid> {
    let dimensions = request.dimensions.unwrap_or(DIMENSIONS_DEFAULT);
    let numbers = usize::try_from(dimensions).ok().filter(|_| dimensions <= DIMENSIONS_MAX);
    let numbers = numbers.ok_or_else(|| {
        let message = format!("expected at most {DIMENSIONS_MAX}, found {dimensions}");
        Invalid::one(Pointer::root().key("dimensions"), message)
    })?;
    let (vectors, prompt_tokens) = match &request.input {
        EmbeddingInput::Texts(texts) => (
            texts.iter().map(|text| vector(text.as_bytes(), numbers)).collect(),
            texts.iter().map(|text| count::text(text)).sum(),
        ),
        EmbeddingInput::Tokens(inputs) => {
            let bytes = |tokens: &Vec<u64>| -> Vec<u8> {
                tokens.iter().flat_map(|token| token.to_le_bytes()).collect()
            };
            (
                inputs.iter().map(|tokens| vector(&bytes(tokens), numbers)).collect(),
                inputs.iter().map(|tokens| tokens.len() as u64).sum(),
            )
        }
    };
    Ok(EmbeddingReply { model: request.model, vectors, prompt_tokens })
}

/// `numbers` numbers from SHA-256 in counter mode, evenly between −1 and 1, scaled to length one.
#[expect(clippy::cast_possible_truncation, reason = "vectors are of 32-bit floats")]
fn vector(input: &[u8], numbers: usize) -> Vec<f32> {
    let seed = Sha256::digest(input);
    let mut drawn = Vec::with_capacity(numbers + 8);
    for block in 0_u64.. {
        if drawn.len() >= numbers {
            break;
        }
        let digest = Sha256::new().chain_update(seed).chain_update(block.to_le_bytes()).finalize();
        let (words, _) = digest.as_slice().as_chunks::<4>();
        drawn.extend(
            words
                .iter()
                .map(|word| f64::from(u32::from_le_bytes(*word)) / f64::from(u32::MAX) * 2.0 - 1.0),
        );
    }
    drawn.truncate(numbers);
    let length = drawn.iter().map(|number| number * number).sum::<f64>().sqrt();
    drawn.iter().map(|number| (number / length) as f32).collect()
}
