"""Who is at the desk: passwords, single sign-on, sessions."""
