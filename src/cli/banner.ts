/** What the command prints on stdout when it serves. */
export function banner(version: string, address: string): string {
  return String.raw`
      ___ _              ___    ___
     / __| |_  __ _ _ _ / _ \  / __| ___ _ ___ _____ _ _
     \__ \ ' \/ _${"`"} | '_| (_) | \__ \/ -_) '_\ V / -_) '_|
     |___/_||_\__,_|_|  \__\_\ |___/\___|_|  \_/\___|_|

    Version: ${version}

    Listening on: ${address}
`;
}
