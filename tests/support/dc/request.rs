//! Requests, freed of what they are wrapped in.

use grammers_tl_types::{Cursor, Deserializable, Identifiable, deserialize, functions, name_for_id};

/// What a client says of itself when it connects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hello {
    /// The version of the schema that it speaks.
    pub layer: i32,
    /// The operator's application.
    pub api_id: i32,
    /// As it calls its device.
    pub device_model: String,
    /// As it calls its version.
    pub app_version: String,
}

/// Whatever is left to read: the inner request.
struct Rest(Vec<u8>);

impl Deserializable for Rest {
    fn deserialize(cursor: &mut Cursor<'_>) -> deserialize::Result<Self> {
        let mut rest = vec![];
        cursor.read_to_end(&mut rest)?;
        Ok(Self(rest))
    }
}

/// One request.
#[derive(Clone, Debug)]
pub(super) struct Request {
    /// The name in the schema, `users.getUsers` for instance.
    pub(super) method: &'static str,
    id: u32,
    body: Vec<u8>,
    pub(super) hello: Option<Hello>,
}

impl Request {
    /// Unwraps `invokeWithLayer`, `initConnection` and their like, level by level.
    pub(super) fn read(body: Vec<u8>) -> deserialize::Result<Self> {
        let (mut body, mut hello, mut layer) = (body, None, 0);
        loop {
            let id = u32::from_bytes(&body)?;
            body = match id {
                functions::InvokeWithLayer::<Rest>::CONSTRUCTOR_ID => {
                    let outer: functions::InvokeWithLayer<Rest> = arguments(&body)?;
                    layer = outer.layer;
                    outer.query.0
                }
                functions::InitConnection::<Rest>::CONSTRUCTOR_ID => {
                    let outer: functions::InitConnection<Rest> = arguments(&body)?;
                    hello = Some(Hello {
                        layer,
                        api_id: outer.api_id,
                        device_model: outer.device_model,
                        app_version: outer.app_version,
                    });
                    outer.query.0
                }
                functions::InvokeWithoutUpdates::<Rest>::CONSTRUCTOR_ID => {
                    arguments::<functions::InvokeWithoutUpdates<Rest>>(&body)?.query.0
                }
                functions::InvokeAfterMsg::<Rest>::CONSTRUCTOR_ID => {
                    arguments::<functions::InvokeAfterMsg<Rest>>(&body)?.query.0
                }
                _ => return Ok(Self { method: name_for_id(id), id, body, hello }),
            };
        }
    }

    /// The arguments, if this is a call of `F` and can be read.
    pub(super) fn arguments<F: Identifiable + Deserializable>(&self) -> Option<F> {
        (self.id == F::CONSTRUCTOR_ID).then(|| arguments(&self.body).ok()).flatten()
    }
}

/// A function does not read its own number, which is four bytes long.
fn arguments<F: Deserializable>(body: &[u8]) -> deserialize::Result<F> {
    F::from_bytes(body.get(4..).unwrap_or_default())
}
