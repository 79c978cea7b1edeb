/** Where the tokens are, and what passes between the rooms. */
export function Rooms() {
  return (
    <ol className="rooms" aria-label="Where the tokens are">
      <li className="room">
        <strong>This page</strong>
        <span className="soft">no token</span>
      </li>
      <li className="passage">sends a cookie</li>
      <li className="room room-strong">
        <strong>Strongroom</strong>
        <span>access token</span>
        <span>refresh token</span>
      </li>
      <li className="passage">sends the access token</li>
      <li className="room">
        <strong>The API</strong>
        <span className="soft">checks the token, answers the call</span>
      </li>
    </ol>
  )
}
