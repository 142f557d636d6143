// How long the desk goes on asking while nobody answers.

const FIRST = 400; // milliseconds before it is asked again; then twice as long each time
const LONGEST = 4_000;

/** Milliseconds after which the desk says that there is no answer, instead of asking on. */
export const PATIENCE = 30_000;

/** The time, as browsers have it; tests have another. */
export const clock = {
  now: () => Date.now(),
  pause: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
};

/**
 * Ask until there is an answer: what was refused is one, an error that says `unanswered` is none. It is asked once at
 * least, and not again after the moment `until`; then the last error is thrown. Before each time but the first,
 * `askingAgain` is called.
 */
export async function persist(ask, { until, askingAgain = () => {}, time = clock }) {
  for (let pause = FIRST; ; pause = Math.min(2 * pause, LONGEST)) {
    try {
      return await ask();
    } catch (error) {
      if (!error.unanswered || time.now() + pause > until) throw error;
      askingAgain();
      await time.pause(pause);
    }
  }
}
