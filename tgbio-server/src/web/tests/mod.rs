//! Pages as browsers get them, over a real store and a source that is told what to say.

mod doors;
mod forms;
mod hostile;
mod look;
mod reading;
mod sources;
mod world;
