"""How the library is attacked: damaged files, kills, and what is judged afterwards."""
