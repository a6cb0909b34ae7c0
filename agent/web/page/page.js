// Join a room that is interpreted, speak into it, and hear and read it in one language.
"use strict";

const { DisconnectReason, ExternalE2EEKeyProvider, isE2EESupported, Room, RoomEvent, Track } =
  LivekitClient;

const HEARS = "interpreter.hears";
const LANGUAGES = "interpreter.languages";
const SEGMENT = "interpreter.source_segment_id";
const SPEAKER = "interpreter.speaker";
const ORIGINAL = "original";
// Older sentences leave the page; a talk of hours must not fill it.
const MOST_SENTENCES = 200;
// So near to the end of the captions somebody reads the newest.
const END_PIXELS = 40;

// Of an end-to-end encrypted room; a browser sends to nobody what follows the # of an address.
const KEY = keyIn(location.hash);

const at = (id) => document.getElementById(id);
const names = new Intl.DisplayNames([navigator.language, "en"], { type: "language" });

// What plays each track, by its publication's sid.
const elements = new Map();
let room = null;
// Whether somebody in the room listens to this microphone; the interpreter is mostly the first.
let isHeard = false;
// Identities of those in the room who have another key.
const undeciphered = new Set();

function say(text, isError = false) {
  at("status").textContent = text;
  at("status").classList.toggle("error", isError);
}

// The key may stand there as it is, with + or & or %, or encoded as in a link.
function keyIn(hash) {
  const [, written = ""] = /^#key=(.*)$/.exec(hash) ?? [];
  try {
    return decodeURIComponent(written.replace(/%(?![0-9a-f]{2})/gi, "%25"));
  } catch {
    return written;
  }
}

function offer(select, languages, ...others) {
  const chosen = select.value;
  const options = languages.map((code) => new Option(names.of(code), code));
  select.replaceChildren(...others.map(([text, value]) => new Option(text, value)), ...options);
  if ([...select.options].some((option) => option.value === chosen)) select.value = chosen;
}

// -- What is heard ---------------------------------------------------------------------------

// The speaker and language of a translated track, which its name says; null for a microphone.
function translated(publication) {
  const [, speaker, language] = /^translation\/(.*)\/([^/]+)$/.exec(publication.trackName) ?? [];
  return language ? { speaker, language } : null;
}

// A speaker who is heard in translation is quiet in the original.
function balance() {
  const publications = [...room.remoteParticipants.values()].flatMap((participant) =>
    [...participant.audioTrackPublications.values()].map((publication) => [participant, publication]),
  );
  const interpreted = new Set(
    publications
      .filter(([, publication]) => publication.track && translated(publication))
      .map(([, publication]) => translated(publication).speaker),
  );
  for (const [participant, publication] of publications) {
    if (!publication.track || translated(publication)) continue;
    const isQuiet = interpreted.has(participant.identity);
    publication.track.setVolume(isQuiet ? Number(at("original").value) : 1);
  }
}

function hear(track, publication) {
  if (track.kind !== Track.Kind.Audio) return;
  // Without the key it is noise.
  if (publication.isEncrypted && !KEY) return;
  // After a lost connection a track comes again, and the last one may go after it or not at all.
  forget(publication.trackSid);
  const element = track.attach();
  elements.set(publication.trackSid, { track, element });
  element.dataset.track = publication.trackName;
  // The client takes an element again that played another track, at that one's volume.
  track.setVolume(1);
  at("voices").append(element);
  balance();
  lookForInterpreter();
}

function hearNoMore(track, publication) {
  track.detach();
  if (elements.get(publication.trackSid)?.track === track) forget(publication.trackSid);
  balance();
}

function forget(sid) {
  elements.get(sid)?.element.remove();
  elements.delete(sid);
}

// -- What is read ----------------------------------------------------------------------------

function sentence(id) {
  const known = document.querySelector(`article[data-segment="${CSS.escape(id)}"]`);
  if (known) return known;
  const article = document.createElement("article");
  article.dataset.segment = id;
  for (const name of ["speaker", "translation", "source"]) {
    const line = document.createElement("p");
    line.className = name;
    // Arabic and Hebrew run from right to left.
    line.dir = "auto";
    article.append(line);
  }
  const captions = at("captions");
  captions.append(article);
  while (captions.childElementCount > MOST_SENTENCES) captions.firstElementChild.remove();
  return article;
}

async function read(reader) {
  const { attributes } = reader.info;
  const text = await reader.readAll();
  // A sentence and its translations share the source's segment, which is the sentence's own.
  const isTranslation = attributes["lk.segment_id"] !== attributes[SEGMENT];
  const captions = at("captions");
  // Who has scrolled back to read is not taken away from there.
  const isAtEnd = captions.scrollHeight - captions.scrollTop - captions.clientHeight < END_PIXELS;
  const article = sentence(attributes[SEGMENT]);
  const line = article.querySelector(isTranslation ? ".translation" : ".source");
  line.textContent = text;
  line.lang = attributes.language;
  line.classList.toggle("open", attributes["lk.transcription_final"] !== "true");
  // What was not said after all has no words.
  if (![".source", ".translation"].some((name) => article.querySelector(name).textContent)) {
    article.remove();
    return;
  }
  article.querySelector(".speaker").textContent = nameOf(attributes[SPEAKER]);
  if (isAtEnd) captions.scrollTo(0, captions.scrollHeight);
}

function nameOf(identity) {
  if (identity === room?.localParticipant.identity) return room.localParticipant.name;
  return room?.remoteParticipants.get(identity)?.name || identity;
}

// -- The room --------------------------------------------------------------------------------

function interpreter() {
  return [...room.remoteParticipants.values()].find((one) => one.attributes[LANGUAGES]);
}

function lookForInterpreter() {
  if (!room) return;
  const there = interpreter();
  if (there) offer(at("hears"), there.attributes[LANGUAGES].split(","), ["the original", ORIGINAL]);
  const heard = at("hears").selectedOptions[0].text;
  const reason = trouble();
  if (reason) say(reason, true);
  else say(there ? `You hear ${heard}. ${microphone()}` : "Waiting for the interpreter to join the room …");
}

// Why the room cannot be heard or understood; nothing where it can.
function trouble() {
  if (!KEY && isEncrypted())
    return "This room is end-to-end encrypted: its key belongs behind this page's address, as #key=…";
  if (undeciphered.size)
    return "What is said here is encrypted with another key than the one in this page's address.";
  if (isHeldBack()) return "Your browser holds the sound back: click here to hear it.";
  return "";
}

// What is attached rests for a moment before it plays, and the client's own word is about its
// context for sound as well, which may begin late: only both together mean something.
function isHeldBack() {
  return !room.canPlaybackAudio && [...elements.values()].some(({ element }) => element.paused);
}

function isEncrypted() {
  return [...room.remoteParticipants.values()].some((participant) =>
    [...participant.trackPublications.values()].some((publication) => publication.isEncrypted),
  );
}

// Without a participant it is about somebody who has just left.
function cannotDecrypt(error, participant) {
  if (participant) undeciphered.add(participant.identity);
  lookForInterpreter();
}

function gone(participant) {
  undeciphered.delete(participant.identity);
  lookForInterpreter();
}

function microphone() {
  if (at("mute").hidden) return "";
  if (!room.localParticipant.isMicrophoneEnabled) return "Your microphone is muted.";
  return isHeard ? "You are listened to." : "Wait a moment before you speak …";
}

async function encrypted() {
  if (!isE2EESupported()) throw new Error("this browser cannot encrypt from end to end.");
  const keyProvider = new ExternalE2EEKeyProvider();
  await keyProvider.setKey(KEY);
  const worker = new Worker("/livekit-encryption.js");
  const created = new Room({ encryption: { keyProvider, worker } });
  created.once(RoomEvent.Disconnected, () => worker.terminate());
  await created.setE2EEEnabled(true);
  return created;
}

async function join() {
  const wishes = Object.fromEntries(
    ["name", "room", "speaks", "voice", "hears"].map((id) => [id, at(id).value]),
  );
  const answer = await fetch("/ticket", { method: "POST", body: JSON.stringify(wishes) });
  if (!answer.ok) throw new Error(await answer.text());
  const { url, token } = await answer.json();
  room = KEY ? await encrypted() : new Room();
  room.registerTextStreamHandler("lk.transcription", read);
  room
    .on(RoomEvent.TrackSubscribed, hear)
    .on(RoomEvent.TrackUnsubscribed, hearNoMore)
    .on(RoomEvent.ParticipantConnected, lookForInterpreter)
    .on(RoomEvent.ParticipantDisconnected, gone)
    .on(RoomEvent.ParticipantAttributesChanged, lookForInterpreter)
    .on(RoomEvent.LocalTrackSubscribed, listenedTo)
    .on(RoomEvent.EncryptionError, cannotDecrypt)
    .on(RoomEvent.AudioPlaybackStatusChanged, lookForInterpreter)
    .on(RoomEvent.Reconnecting, () => say("The connection is lost, trying again …", true))
    .on(RoomEvent.Reconnected, lookForInterpreter)
    .on(RoomEvent.Disconnected, left);
  await connect(url, token);
  await hearAll();
  at("leave").hidden = false;
  // The form had the focus, and is gone.
  at("hears").focus();
  // The server tells of somebody who joins to listen up to three seconds late; of a change at once.
  await ask();
  if (wishes.speaks) await speak();
  lookForInterpreter();
}

async function connect(url, token) {
  let answers = false;
  room.once(RoomEvent.SignalConnected, () => (answers = true));
  try {
    await room.connect(url, token);
  } catch (error) {
    if (!answers) throw error;
    throw new Error(
      `the server answers, but no way for sound to it was found (${error.message}). ` +
        "Firefox finds none to a server at a loopback address, such as 127.0.0.1.",
    );
  }
}

// A browser may want a click or a key for every sound. Without one there is the room to be read.
async function hearAll() {
  await room.startAudio().catch(() => {});
}

function ask() {
  return room.localParticipant.setAttributes({ [HEARS]: at("hears").value });
}

async function speak() {
  if (!isSecureContext) {
    throw new Error(
      "browsers open a microphone only over HTTPS, or on the machine that the page is served from: " +
        "put an HTTPS proxy in front of the page (--host-name), or choose to listen only.",
    );
  }
  try {
    await room.localParticipant.setMicrophoneEnabled(true);
  } catch (error) {
    throw new Error(
      `the microphone could not be opened (${error.message}). ` +
        "Allow it for this page, or choose to listen only.",
    );
  }
  at("mute").hidden = false;
  showMuted(false);
}

function showMuted(isMuted) {
  at("mute").textContent = isMuted ? "Unmute" : "Mute";
}

function listenedTo() {
  isHeard = true;
  lookForInterpreter();
}

function left(reason) {
  room = null;
  isHeard = false;
  undeciphered.clear();
  at("voices").replaceChildren();
  elements.clear();
  at("door").hidden = false;
  at("mute").hidden = at("leave").hidden = true;
  if (reason === DisconnectReason.CLIENT_INITIATED) {
    at("join").focus();
    say("You have left the room.");
  } else say("The connection has ended. Join again to go on.", true);
}

at("door").addEventListener("submit", async (event) => {
  event.preventDefault();
  at("door").hidden = true;
  say("Joining …");
  try {
    await join();
  } catch (error) {
    await room?.disconnect();
    at("door").hidden = false;
    say(`That did not work: ${error.message}`, true);
  }
});

at("hears").addEventListener("change", async () => {
  if (!room) return;
  await ask();
  lookForInterpreter();
});

function offerVoice() {
  at("voice-field").hidden = !at("speaks").value;
}

at("speaks").addEventListener("change", offerVoice);

// A key that is put behind the address of the open page is no other page to the browser.
addEventListener("hashchange", () => location.reload());

for (const gesture of ["click", "keydown"])
  addEventListener(gesture, () => room && isHeldBack() && hearAll());

at("original").addEventListener("input", () => room && balance());

at("mute").addEventListener("click", async () => {
  const isMuted = room.localParticipant.isMicrophoneEnabled;
  await room.localParticipant.setMicrophoneEnabled(!isMuted);
  showMuted(isMuted);
  lookForInterpreter();
});

at("leave").addEventListener("click", () => room.disconnect());

fetch("/languages")
  .then((answer) => answer.json())
  .then((languages) => {
    const several = ["several of these", languages.join(",")];
    offer(at("speaks"), languages, ["nothing, I only listen", ""], several);
    offer(at("hears"), languages, ["the original", ORIGINAL]);
    at("hears").value = languages[0];
    offerVoice();
  })
  .catch((error) => say(`The page's server does not answer: ${error.message}`, true));
