# /// script
# requires-python = ">=3.11"
# ///
"""Parent and child ask over connections of their own.

For Linux. Run it: python connection_over_fork_fixed.py
"""
import multiprocessing
import socket
import socketserver

forking = multiprocessing.get_context("fork")


class Database(socketserver.StreamRequestHandler):
    """Answers each question on a connection, in order."""

    def handle(self):
        for question in self.rfile:
            self.wfile.write(b"answer to " + question)


# [ask]
def child(address, connection, asked):
    with socket.create_connection(address) as connection:
        connection.sendall(b"the child\n")
        connection.makefile().readline()
    asked.set()


def parent(address):
    asked = forking.Event()
    with socket.create_connection(address) as connection:
        process = forking.Process(
            target=child, args=[address, connection, asked]
        )
        process.start()
        asked.wait()
        connection.sendall(b"the parent\n")
        answers = connection.makefile()
        print(answers.readline().strip())
        process.join()
        connection.shutdown(socket.SHUT_WR)
        answers.read()  # until the database has closed it
# [/ask]


def main():
    with socketserver.ThreadingTCPServer(
        ("127.0.0.1", 0), Database
    ) as server:
        database = forking.Process(target=server.serve_forever)
        database.start()
        parent(server.server_address)
        database.terminate()
        database.join()



if __name__ == "__main__":
    main()
