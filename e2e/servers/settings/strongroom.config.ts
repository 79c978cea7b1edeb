/** The demo's table, beside the `/api` of its environment. */
export default {
  upstreams: [
    {
      prefix: '/api/live',
      target: `${process.env['API_UPSTREAM']}/live`,
      // An EventSource can't set headers.
      simpleGet: true,
    },
  ],
}
