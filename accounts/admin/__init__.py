from accounts.admin import account, audit, customer, group, login, second_factor, sign_in

__all__ = ["account", "audit", "customer", "group", "login", "second_factor", "sign_in"]
