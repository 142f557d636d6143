// A sound for each verdict, so that eyes may stay on the copies: good, refused, and "look here". It can be turned off.

const KEPT = "desk.sounds";
const TONES = { // hertz, seconds until it begins, seconds that it lasts
  good: [[880, 0, 0.08]],
  note: [[660, 0, 0.1], [880, 0.13, 0.12]],
  bad: [[220, 0, 0.16], [175, 0.2, 0.3]],
};
let context = null;

export const areOn = () => localStorage.getItem(KEPT) !== "off";

/** Turn sounds on or off, from now on and after a reload. */
export const turn = (on) => localStorage.setItem(KEPT, on ? "on" : "off");

/** Let a verdict be heard: `kind` is good, note or bad. */
export function sound(kind) {
  if (!areOn() || !(kind in TONES) || !("AudioContext" in window)) return;
  context ??= new AudioContext();
  for (const [pitch, after, length] of TONES[kind]) {
    const tone = new OscillatorNode(context, { frequency: pitch, type: kind === "bad" ? "square" : "sine" });
    const volume = new GainNode(context, { gain: 0.15 });
    tone.connect(volume).connect(context.destination);
    tone.start(context.currentTime + after);
    tone.stop(context.currentTime + after + length);
  }
}
