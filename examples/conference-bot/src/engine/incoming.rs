//! What comes from Telegram, read with forgiveness: an update of an unknown form is something else, never an error.

use serde::Deserialize;
use serde_json::Value;

/// An update, as far as the bot understands it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incoming {
    /// Its number.
    pub update_id: i64,
    /// The account, and with it the private chat.
    pub tg_id: i64,
    /// The @name, without the sign.
    pub username: Option<String>,
    /// The first name.
    pub first_name: String,
    /// The language of their Telegram.
    pub language: Option<String>,
    /// The message, or that of the pressed button.
    pub message_id: Option<i64>,
    /// What it is.
    pub kind: Kind,
}

/// What an update is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are those of the Bot API")]
pub enum Kind {
    Text(String),
    Press {
        callback_id: String,
        data: String,
    },
    File(FileRef),
    Contact {
        id: Option<i64>,
        name: String,
        phone: String,
    },
    /// The bot was blocked.
    Blocked,
    Other,
}

/// A file at Telegram.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileRef {
    /// By which this bot can get it and send it again.
    pub file_id: String,
    /// Bytes, as announced.
    pub size: Option<u64>,
    /// Its name, as announced.
    pub name: String,
    /// It came as a photo.
    pub photo: bool,
}

#[derive(Deserialize)]
struct User {
    id: i64,
    #[serde(default)]
    first_name: String,
    username: Option<String>,
    language_code: Option<String>,
}

/// Messages in groups are not for the bot, which speaks with one person at a time.
fn private(message: &Value) -> bool {
    message["chat"]["type"] == "private"
}

impl Incoming {
    /// Reads an update. `None` is one that is not for the bot, with its number where that could be read.
    pub fn read(update: &Value) -> Result<Self, Option<i64>> {
        let update_id = update["update_id"].as_i64().ok_or(None)?;
        let skip = || Some(update_id);
        let (user, message_id, kind) = if update["callback_query"].is_object() {
            let query = &update["callback_query"];
            let message = &query["message"];
            if message.is_object() && !private(message) {
                return Err(skip());
            }
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let kind = Kind::Press { callback_id: text(&query["id"]), data: text(&query["data"]) };
            (&query["from"], message["message_id"].as_i64(), kind)
        } else if update["my_chat_member"].is_object() {
            let member = &update["my_chat_member"];
            let kicked = member["new_chat_member"]["status"] == "kicked";
            if !private(member) || !kicked {
                return Err(skip());
            }
            (&member["from"], None, Kind::Blocked)
        } else {
            let message = &update["message"];
            if !private(message) {
                return Err(skip());
            }
            (&message["from"], message["message_id"].as_i64(), kind(message))
        };
        let user: User = serde_json::from_value(user.clone()).map_err(|_| skip())?;
        Ok(Self {
            update_id,
            tg_id: user.id,
            username: user.username,
            first_name: user.first_name.chars().take(100).collect(),
            language: user.language_code,
            message_id,
            kind,
        })
    }
}

fn kind(message: &Value) -> Kind {
    if let Some(text) = message["text"].as_str() {
        return Kind::Text(text.to_owned());
    }
    if message["contact"].is_object() {
        let contact = &message["contact"];
        let text = |key: &str| contact[key].as_str().unwrap_or_default().to_owned();
        let name = format!("{} {}", text("first_name"), text("last_name")).trim().to_owned();
        return Kind::Contact { id: contact["user_id"].as_i64(), name, phone: text("phone_number") };
    }
    let largest = message["photo"].as_array().and_then(|sizes| {
        sizes
            .iter()
            .max_by_key(|size| size["width"].as_i64().unwrap_or(0) * size["height"].as_i64().unwrap_or(0))
    });
    match largest {
        Some(photo) => file(photo, true),
        None if message["document"].is_object() => file(&message["document"], false),
        None => Kind::Other,
    }
}

fn file(file: &Value, photo: bool) -> Kind {
    let Some(file_id) = file["file_id"].as_str() else { return Kind::Other };
    Kind::File(FileRef {
        file_id: file_id.to_owned(),
        size: file["file_size"].as_u64(),
        name: file["file_name"].as_str().unwrap_or_default().to_owned(),
        photo,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn any_json_is_read_or_passed_over() {
        let from = json!({"id": 7, "first_name": "A"});
        let chat = json!({"id": 7, "type": "private"});
        let message = |more: Value| {
            let mut message = json!({"message_id": 1, "from": from, "chat": chat});
            message.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            json!({"update_id": 5, "message": message})
        };
        let kind = |update: Value| Incoming::read(&update).map(|incoming| incoming.kind);
        assert_eq!(kind(message(json!({"text": "hi"}))), Ok(Kind::Text("hi".into())));
        assert_eq!(kind(message(json!({"sticker": {}}))), Ok(Kind::Other));
        assert_eq!(kind(message(json!({"document": {"file_id": 7}}))), Ok(Kind::Other));
        assert_eq!(kind(json!({"update_id": 5})), Err(Some(5)));
        assert_eq!(kind(json!({"update_id": "x"})), Err(None));
        assert_eq!(kind(json!([1, 2])), Err(None));
        let photo = json!({"photo": [{"file_id": "s", "width": 9, "height": 9}, {"file_id": "l", "width": 90, "height": 90}]});
        assert!(matches!(kind(message(photo)), Ok(Kind::File(file)) if file.file_id == "l" && file.photo));
        let group =
            json!({"update_id": 6, "message": {"chat": {"type": "group"}, "from": from, "text": "x"}});
        assert_eq!(kind(group), Err(Some(6)));
    }
}
