//! A person at the other end: writes, sends files, presses buttons, reads.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};

use super::{Message, PATIENCE, Shared};

/// A person who speaks with one bot. Clones are the same person.
#[derive(Clone)]
pub struct Person {
    shared: Arc<Shared>,
    token: String,
    /// The account.
    pub id: i64,
    about: Arc<Mutex<About>>,
}

#[derive(Debug)]
struct About {
    first_name: String,
    username: Option<String>,
    language: Option<String>,
    /// What was seen already.
    stamp: u64,
    /// The message that was seen last.
    looks_at: i64,
}

impl std::fmt::Debug for Person {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Person").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Person {
    pub(super) fn new(shared: Arc<Shared>, token: &str, id: i64, first_name: &str) -> Self {
        let about = About {
            first_name: first_name.to_owned(),
            username: None,
            language: Some("ru".to_owned()),
            stamp: 0,
            looks_at: 0,
        };
        Self { shared, token: token.to_owned(), id, about: Arc::new(Mutex::new(about)) }
    }

    fn about(&self) -> std::sync::MutexGuard<'_, About> {
        self.about.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a @name.
    #[must_use]
    pub fn named(self, username: &str) -> Self {
        self.rename(Some(username));
        self
    }

    /// Takes another @name, or none.
    pub fn rename(&self, username: Option<&str>) {
        self.about().username = username.map(str::to_owned);
    }

    /// Speaks another language.
    #[must_use]
    pub fn speaking(self, language: &str) -> Self {
        self.about().language = Some(language.to_owned());
        self
    }

    /// The same person with another bot.
    #[must_use]
    pub fn with_bot(&self, token: &str) -> Self {
        let about = self.about();
        let same = Self::new(Arc::clone(&self.shared), token, self.id, &about.first_name);
        (same.about().username, same.about().language) = (about.username.clone(), about.language.clone());
        same
    }

    fn from(&self) -> Value {
        let about = self.about();
        let mut from = json!({"id": self.id, "is_bot": false, "first_name": about.first_name});
        if let Some(name) = &about.username {
            from["username"] = json!(name);
        }
        if let Some(language) = &about.language {
            from["language_code"] = json!(language);
        }
        from
    }

    fn chat(&self) -> Value {
        json!({"id": self.id, "type": "private", "first_name": self.about().first_name})
    }

    /// Sends a message with these parts; the number of its update.
    #[expect(clippy::needless_pass_by_value, reason = "the parts are made in the call")]
    pub fn message(&self, parts: Value) -> i64 {
        let (from, chat) = (self.from(), self.chat());
        let mut state = self.shared.lock();
        state.blocked.remove(&(self.token.clone(), self.id));
        state.chat(&self.token, self.id);
        let id = state.next_message(&self.token, self.id);
        let mut message = json!({"message_id": id, "date": 1, "from": from, "chat": chat});
        if let (Some(message), Some(parts)) = (message.as_object_mut(), parts.as_object()) {
            message.extend(parts.clone());
        }
        let update = state.push(&self.token, json!({"message": message}));
        drop(state);
        self.shared.notice();
        update
    }

    /// Writes.
    pub fn say(&self, text: &str) -> i64 {
        self.message(json!({"text": text}))
    }

    /// Sends a file.
    pub fn send_file(&self, name: &str, bytes: impl Into<Bytes>) -> i64 {
        let bytes = bytes.into();
        let size = bytes.len();
        let file_id = self.shared.lock().keep_file(&self.token, bytes);
        self.message(json!({"document": {"file_id": file_id, "file_unique_id": "u", "file_name": name, "file_size": size}}))
    }

    /// Sends a photo.
    pub fn send_photo(&self, bytes: impl Into<Bytes>) -> i64 {
        let bytes = bytes.into();
        let size = bytes.len();
        let file_id = self.shared.lock().keep_file(&self.token, bytes);
        let small = json!({"file_id": "none", "file_unique_id": "s", "width": 90, "height": 90});
        let large = json!({"file_id": file_id, "file_unique_id": "l", "width": 900, "height": 900, "file_size": size});
        self.message(json!({"photo": [small, large]}))
    }

    /// Forwards a contact.
    pub fn send_contact(&self, user_id: Option<i64>, name: &str, phone: &str) -> i64 {
        let mut contact = json!({"phone_number": phone, "first_name": name});
        if let Some(id) = user_id {
            contact["user_id"] = json!(id);
        }
        self.message(json!({"contact": contact}))
    }

    /// Blocks the bot.
    pub fn block(&self) {
        self.shared.lock().blocked.insert((self.token.clone(), self.id));
    }

    /// Presses a button of a message by its data.
    pub fn press_data(&self, message: i64, data: &str) -> i64 {
        let (from, chat) = (self.from(), self.chat());
        let mut state = self.shared.lock();
        let press = format!("q{}-{}", self.id, state.presses.len());
        state.presses.push((press.clone(), None));
        let query = json!({
            "id": press, "from": from, "chat_instance": "1", "data": data,
            "message": {"message_id": message, "date": 1, "chat": chat},
        });
        let update = state.push(&self.token, json!({"callback_query": query}));
        drop(state);
        self.shared.notice();
        update
    }

    /// Presses the button whose label holds this: in the message that was seen last, or else the newest.
    ///
    /// # Panics
    /// When there is none.
    pub fn press(&self, label: &str) -> i64 {
        let Some((message, data)) = self.button(label) else {
            panic!("{} sees no button {label:?} in {:#?}", self.id, self.messages().last());
        };
        self.press_data(message, &data)
    }

    /// The button whose label holds this, as [`press`](Self::press) finds it: message and data.
    pub fn button(&self, label: &str) -> Option<(i64, String)> {
        let (mut messages, looks_at) = (self.messages(), self.about().looks_at);
        messages.sort_by_key(|message| (message.id == looks_at, message.stamp));
        messages.iter().rev().find_map(|message| {
            let button = message.keyboard.iter().flatten().find(|(text, _)| text.contains(label))?;
            Some((message.id, button.1.clone()))
        })
    }

    /// All messages of the chat as they stand now.
    pub fn messages(&self) -> Vec<Message> {
        self.shared.lock().chat(&self.token, self.id).cloned().unwrap_or_default()
    }

    /// Waits until a message that is new or changed since the last look holds this text.
    ///
    /// # Panics
    /// When none does in good time.
    pub async fn sees(&self, text: &str) -> Message {
        match self.sees_within(text, PATIENCE).await {
            Some(message) => message,
            None => panic!("{} never saw {text:?}; the chat ends with {:#?}", self.id, {
                let mut messages = self.messages();
                messages.sort_by_key(|message| message.stamp);
                messages.split_off(messages.len().saturating_sub(3))
            }),
        }
    }

    /// The same with another patience, and without panic.
    pub async fn sees_within(&self, text: &str, within: Duration) -> Option<Message> {
        let seen = self.about().stamp;
        let (token, id) = (self.token.clone(), self.id);
        let found = self.shared.until(within, |state| {
            let messages = state.chat(&token, id)?;
            messages
                .iter()
                .filter(|m| m.stamp > seen && m.text.contains(text))
                .min_by_key(|m| m.stamp)
                .cloned()
        });
        let found = found.await?;
        let mut about = self.about();
        (about.stamp, about.looks_at) = (found.stamp, found.id);
        drop(about);
        Some(found)
    }

    /// Presses, and waits for what comes of it.
    pub async fn press_and_see(&self, label: &str, text: &str) -> Message {
        self.press(label);
        self.sees(text).await
    }

    /// Writes, and waits for what comes of it.
    pub async fn say_and_see(&self, say: &str, text: &str) -> Message {
        self.say(say);
        self.sees(text).await
    }

    /// The bytes of a file that the bot has sent.
    pub fn file(&self, file_id: &str) -> Option<Bytes> {
        self.shared.lock().files.get(file_id).cloned()
    }
}
