/** The names of the simulated upstreams that the bundled server calls when UPSTREAMS is empty, in order of preference. */
export const SIMULATED_UPSTREAMS = ['primary', 'secondary'] as const
